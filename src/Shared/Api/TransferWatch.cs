namespace MlxVideo.Shared.Api;

/// <summary>
/// Aborts stalled transfers. A network failure does not close connections: without this watch, a transfer would hang while TCP
/// retransmits, for about a quarter of an hour.
/// </summary>
internal sealed class TransferWatch : IDisposable
{
    /// <summary>Longer than a store takes to hash the largest file after its last byte.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _source;

    private TransferWatch(CancellationToken cancellationToken)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        OnProgress();
    }

    /// <summary>Cancelled when the transfer stalls, or by the caller.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Runs a transfer.</summary>
    /// <param name="server">Address of the peer, for error messages.</param>
    /// <param name="transfer">The transfer; it reports its progress to the watch.</param>
    /// <param name="cancellationToken">Cancels the transfer.</param>
    /// <exception cref="FarmApiException">The transfer stalled, or the connection was lost.</exception>
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
                $"The transfer to or from {server} stalled for {Timeout.TotalSeconds:0} s.", new TimeoutException(ex.Message, ex));
        }
        catch (HttpIOException ex)
        {
            throw new FarmApiException($"The transfer to or from {server} was interrupted ({ex.Message}).", ex);
        }
    }

    /// <summary>Copies a stream, reporting progress.</summary>
    public async Task CopyAsync(Stream source, Stream target)
    {
        var buffer = new byte[1 << 16];
        while (await source.ReadAsync(buffer, Token) is > 0 and var count)
        {
            OnProgress();
            await target.WriteAsync(buffer.AsMemory(0, count), Token);
        }
    }

    /// <summary>Creates a request body from a stream.</summary>
    public HttpContent ContentOf(Stream stream) => new WatchedContent(stream, this);

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private void OnProgress() => _source.CancelAfter(Timeout);

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
