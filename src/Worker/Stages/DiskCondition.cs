using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Worker.Stages;

/// <summary>Whether the worker's disk has room for a stage's files. Safe for concurrent use.</summary>
/// <param name="store">The worker's own store.</param>
/// <param name="time">The clock.</param>
public sealed class DiskCondition(BlobStore store, TimeProvider time)
{
    /// <summary>Pause after the first failure: the count of free bytes does not tell when there is room again within a quota.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);

    private const int Doublings = 6; // about ten minutes

    private readonly Lock _gate = new();
    private string? _failure;
    private long _failedAt;
    private int _failures;

    /// <summary>Why no stage can be run just now: one sentence; null when one can.</summary>
    public string? Problem
    {
        get
        {
            lock (_gate)
            {
                if (_failure is { } failure && (time.GetElapsedTime(_failedAt) < Pause || !IsWritable()))
                    return failure;
                _failure = null;
                return store.HasRoomFor(0) ? null : StorageException.Full(store.Folder, store.FreeBytes, neededBytes: 0).Message;
            }
        }
    }

    private TimeSpan Pause => FirstPause * (1 << Math.Min(_failures - 1, Doublings));

    /// <summary>A stage found the disk full.</summary>
    /// <returns>One sentence about it.</returns>
    public string Failed(Exception ex)
    {
        lock (_gate)
        {
            // Where the store's disk has room it is another one, or a quota: the system's own words name the file.
            _failure = store.HasRoomFor(0) ? $"A disk or a quota is full ({ex.GetBaseException().Message})." : store.Explain(ex)!.Message;
            _failures++;
            _failedAt = time.GetTimestamp();
            return _failure;
        }
    }

    /// <summary>A stage has written its files.</summary>
    public void Succeeded()
    {
        lock (_gate)
            _failures = 0;
    }

    private bool IsWritable()
    {
        try
        {
            store.Probe();
            return true;
        }
        catch (StorageException)
        {
            return false;
        }
    }
}
