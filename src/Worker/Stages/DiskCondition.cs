using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Worker.Stages;

/// <summary>Tracks whether the worker's disk has space for a stage's files. Thread-safe.</summary>
/// <param name="store">The worker's local store.</param>
public sealed class DiskCondition(BlobStore store, TimeProvider time)
{
    /// <summary>Pause after the first failure: under a quota, the disk's free bytes do not show whether there is space again.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);

    private const int Doublings = 6; // about ten minutes

    private readonly Lock _gate = new();
    private string? _failure;
    private long _failedAt;
    private int _failures;

    /// <summary>The reason why no stage can be run at present, in one sentence; null when stages can be run.</summary>
    public string? Problem
    {
        get
        {
            lock (_gate)
            {
                if (_failure is { } failure && (time.GetElapsedTime(_failedAt) < Pause || !IsWritable()))
                    return failure;
                _failure = null;
                return store.FindShortage(0)?.Message;
            }
        }
    }

    private TimeSpan Pause => FirstPause * (1 << Math.Min(_failures - 1, Doublings));

    /// <summary>Records that a stage found the disk full.</summary>
    /// <returns>The problem in one sentence.</returns>
    public string Failed(Exception ex)
    {
        lock (_gate)
        {
            // If the store's disk has space, the cause is another disk or a quota; the system's message names the file.
            _failure = ex is StorageException known ? known.Message
                : store.HasRoomFor(0) ? $"A disk or quota is full ({ex.GetBaseException().Message})." : store.Explain(ex)!.Message;
            _failures++;
            _failedAt = time.GetTimestamp();
            return _failure;
        }
    }

    /// <summary>Records that a stage has written its files.</summary>
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
