using System.Security.Cryptography;

namespace MlxVideo.Shared.Api;

/// <summary>
/// Aborts stalled transfers. A network failure does not close connections: without this watch, a transfer would hang while TCP
/// retransmits, for about a quarter of an hour.
/// </summary>
internal sealed class TransferWatch : IDisposable
{
    private const int BufferBytes = 1 << 16;

    private readonly TransferPatience _patience;
    private readonly CancellationTokenSource _source;
    private long _bytes;

    private TransferWatch(TransferPatience patience, CancellationToken cancellationToken)
    {
        _patience = patience;
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _source.CancelAfter(patience.Window);
    }

    /// <summary>Cancelled when the transfer stalls, or by the caller.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Runs a transfer.</summary>
    /// <param name="server">Address of the peer, for error messages.</param>
    /// <param name="transfer">The transfer; it reports its progress to the watch.</param>
    /// <param name="patience">The speed below which the transfer counts as stalled.</param>
    /// <param name="cancellationToken">Cancels the transfer.</param>
    /// <exception cref="FarmApiException">The transfer stalled, or the connection was lost.</exception>
    public static async Task<T> RunAsync<T>(
        Uri server, Func<TransferWatch, Task<T>> transfer, TransferPatience patience, CancellationToken cancellationToken)
    {
        using var watch = new TransferWatch(patience, cancellationToken);
        try
        {
            return await transfer(watch);
        }
        catch (OperationCanceledException ex) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FarmApiException(
                $"The transfer to or from {server} stalled for {patience.Window.TotalSeconds:0} s.", new TimeoutException(ex.Message, ex));
        }
        catch (HttpIOException ex)
        {
            throw Interrupted(server, ex);
        }
    }

    /// <summary>Creates the exception for a lost connection.</summary>
    public static FarmApiException Interrupted(Uri server, IOException ex) =>
        new($"The transfer to or from {server} was interrupted ({ex.Message}).", ex);

    /// <summary>Copies a stream, reporting progress.</summary>
    public async Task CopyAsync(Stream source, Stream target)
    {
        var buffer = new byte[BufferBytes];
        while (await source.ReadAsync(buffer, Token) is > 0 and var count)
        {
            OnProgress(count);
            await target.WriteAsync(buffer.AsMemory(0, count), Token);
        }
    }

    /// <summary>Hashes a local file, which is not subject to the watch's speed.</summary>
    public async Task HashAsync(Stream file, IncrementalHash hash)
    {
        var buffer = new byte[BufferBytes];
        while (await file.ReadAsync(buffer, Token) is > 0 and var count)
        {
            hash.AppendData(buffer, 0, count);
            OnProgress(_patience.MinBytes);
        }
    }

    /// <summary>Creates a request body from the rest of a stream.</summary>
    public HttpContent ContentOf(Stream stream) => new WatchedContent(stream, this);

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    /// <summary>Records transferred bytes.</summary>
    public void OnProgress(long count)
    {
        _bytes += count;
        if (_bytes < _patience.MinBytes)
            return;
        _bytes = 0;
        _source.CancelAfter(_patience.Window);
    }

    private sealed class WatchedContent(Stream stream, TransferWatch watch) : HttpContent
    {
        private readonly long _length = stream.Length - stream.Position;

        protected override Task SerializeToStreamAsync(Stream target, System.Net.TransportContext? context) =>
            watch.CopyAsync(stream, target);

        protected override bool TryComputeLength(out long length)
        {
            length = _length;
            return true;
        }
    }
}
