using System.Collections.Concurrent;
using MlxVideo.Cluster.Blobs;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Coordinator.Storage;

/// <summary>
/// Accepts uploads: resumable, at most one at a time per blob, and a limited number at the same time. Safe for concurrent use.
/// </summary>
public sealed class BlobUploads(BlobStore store, TimeProvider time) : IDisposable
{
    private const int MaxConcurrent = 8;

    /// <summary>How long the part of a blob that an interrupted upload left is kept.</summary>
    private static readonly TimeSpan PartialLifetime = TimeSpan.FromHours(1);

    private readonly TransferSlots _slots = new(MaxConcurrent, TransferSlots.DefaultPatience);
    private readonly ConcurrentDictionary<string, Task> _running = new(StringComparer.Ordinal);

    /// <summary>Stores a blob.</summary>
    /// <param name="offset">Position in the blob at which the content starts.</param>
    /// <param name="length">Length of the content; null when unknown.</param>
    /// <returns>The blob, and whether it was stored already.</returns>
    /// <exception cref="UploadBusyException">A later attempt may succeed.</exception>
    /// <exception cref="UploadOffsetException">The content starts at another position than the end of what has been received.</exception>
    /// <exception cref="InvalidDataException">The content has a different digest.</exception>
    /// <exception cref="StorageException">There is no space, or the folder is not writable.</exception>
    public async Task<(BlobRef Blob, bool IsNew)> PutAsync(
        string digest, Stream content, long offset, long? length, CancellationToken cancellationToken)
    {
        using var turn = await EnterAsync(digest, cancellationToken);
        if (await store.FindVerifiedAsync(digest, cancellationToken) is { } stored)
            return (stored, false);
        store.DeleteReceivedBefore(time.GetUtcNow() - PartialLifetime);
        var received = store.ReceivedBytes(digest);
        if (received > 0 && offset == 0)
            store.DeleteReceived(digest);
        else if (received != offset)
            throw new UploadOffsetException(received);
        using var slot = await _slots.TryEnterAsync(cancellationToken)
            ?? throw new UploadBusyException("Too many blobs are being uploaded at the moment; try again.");
        return (await store.PutAsync(content, digest, cancellationToken, length, resumes: true), true);
    }

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    /// <summary>Waits until no other upload of the blob is running.</summary>
    private async Task<IDisposable> EnterAsync(string digest, CancellationToken cancellationToken)
    {
        var turn = new Turn(this, digest);
        var began = time.GetTimestamp();
        while (_running.GetOrAdd(digest, turn.Ended) is var current && current != turn.Ended)
        {
            var left = TransferSlots.DefaultPatience - time.GetElapsedTime(began);
            try
            {
                await current.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                throw new UploadBusyException("The same blob is being uploaded at the moment; try again.");
            }
        }

        return turn;
    }

    private sealed class Turn(BlobUploads uploads, string digest) : IDisposable
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Ended => _ended.Task;

        public void Dispose()
        {
            uploads._running.TryRemove(digest, out _);
            _ended.SetResult();
        }
    }
}

/// <summary>An upload that can't be accepted now.</summary>
public sealed class UploadBusyException(string message) : Exception(message);

/// <summary>An upload that does not continue where the previous one ended.</summary>
/// <param name="received">Number of bytes received before.</param>
public sealed class UploadOffsetException(long received)
    : Exception($"{received} bytes of this blob have been received: continue after them, or upload the blob from its start.")
{
    /// <summary>Number of bytes received before.</summary>
    public long Received { get; } = received;
}
