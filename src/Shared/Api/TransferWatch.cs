namespace MlxVideo.Shared.Api;

/// <summary>
/// Gives up a transfer in which nothing moves. A network that is cut off closes no connection: without this a transfer would
/// hang for as long as TCP goes on retransmitting, a quarter of an hour.
/// </summary>
internal sealed class TransferWatch : IDisposable
{
    /// <summary>Longer than a store needs to hash the largest file after its last byte.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _source;

    private TransferWatch(CancellationToken cancellationToken)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        OnMoved();
    }

    /// <summary>Cancelled when nothing has moved for too long, or by the caller.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Runs a transfer.</summary>
    /// <param name="server">The other end, for the message.</param>
    /// <param name="transfer">Reports each movement to the watch.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <exception cref="FarmApiException">Nothing moved for too long, or the connection broke.</exception>
    public static async Task<T> RunAsync<T>(Uri server, Func<TransferWatch, Task<T>> transfer, CancellationToken cancellationToken)
    {
        using var watch = new TransferWatch(cancellationToken);
        try
        {
            return await transfer(watch);
        }
        catch (OperationCanceledException ex) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FarmApiException(
                $"The transfer to or from {server} stood still for {Timeout.TotalSeconds:0} s.", new TimeoutException(ex.Message, ex));
        }
        catch (HttpIOException ex)
        {
            throw new FarmApiException($"The transfer to or from {server} broke off ({ex.Message}).", ex);
        }
    }

    /// <summary>Copies one stream to another.</summary>
    public async Task CopyAsync(Stream source, Stream target)
    {
        var buffer = new byte[1 << 16];
        while (await source.ReadAsync(buffer, Token) is > 0 and var count)
        {
            OnMoved();
            await target.WriteAsync(buffer.AsMemory(0, count), Token);
        }
    }

    /// <summary>A request body that is read from a stream.</summary>
    public HttpContent ContentOf(Stream stream) => new WatchedContent(stream, this);

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private void OnMoved() => _source.CancelAfter(Timeout);

    private sealed class WatchedContent(Stream stream, TransferWatch watch) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream target, System.Net.TransportContext? context) =>
            watch.CopyAsync(stream, target);

        protected override bool TryComputeLength(out long length)
        {
            length = stream.Length;
            return true;
        }
    }
}
