namespace MlxVideo.Cluster.Blobs;

/// <summary>Limits the number of concurrent transfers: others wait for a while and are then refused. Safe for concurrent use.</summary>
/// <param name="count">Maximum number of concurrent transfers.</param>
/// <param name="patience">Maximum time to wait for another transfer to end.</param>
public sealed class TransferSlots(int count, TimeSpan patience) : IDisposable
{
    /// <summary>Shorter than the time after which a client considers its transfer stalled.</summary>
    public static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _free = new(count);

    /// <summary>Waits for a slot.</summary>
    /// <returns>The slot, to be disposed of when the transfer has ended; null when there is none.</returns>
    public async Task<IDisposable?> TryEnterAsync(CancellationToken cancellationToken) =>
        await _free.WaitAsync(patience, cancellationToken) ? new Slot(_free) : null;

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();

    private sealed class Slot(SemaphoreSlim free) : IDisposable
    {
        public void Dispose() => free.Release();
    }
}
