using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Coordinator.Storage;

/// <summary>
/// Tracks whether the coordinator can store artefacts. While it can't, work is paused: no stages are assigned, and workers keep their
/// results. Safe for concurrent use.
/// </summary>
/// <param name="log">Receives one entry when work is paused and one when it resumes.</param>
public sealed partial class StorageCondition(BlobStore store, TimeProvider time, ILogger<StorageCondition> log)
{
    /// <summary>
    /// Minimum time with enough disk space before stages are assigned. It is longer than the pause before a worker offers a result again;
    /// otherwise a stage could be assigned while another worker still holds its result.
    /// </summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(16);

    /// <summary>Maximum time to wait for space for a refused file: workers offer their files again, but a client may have gone.</summary>
    private static readonly TimeSpan LongestMemory = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private StorageException? _failure;
    private long _failedAt;
    private long? _roomSince;

    /// <summary>The reason why nothing can be stored, for people; null while storage works.</summary>
    public string? Problem
    {
        get
        {
            lock (_gate)
                return Sentence(_failure);
        }
    }

    /// <summary>Records a failure to store a file.</summary>
    public void Report(StorageException failure)
    {
        lock (_gate)
        {
            if (_failure is null)
                LogHeld(Sentence(failure)!);
            // The largest recently refused file decides when there is enough space.
            if (_failure is null || failure.NeededBytes >= _failure.NeededBytes)
                _failure = failure;
            (_failedAt, _roomSince) = (time.GetTimestamp(), null);
        }
    }

    /// <summary>Checks whether there is enough space again.</summary>
    public void Recheck()
    {
        lock (_gate)
        {
            if (_failure is null)
                return;
            if (!IsWritable(time.GetElapsedTime(_failedAt) < LongestMemory ? _failure.NeededBytes : 0))
                _roomSince = null;
            else
                _roomSince ??= time.GetTimestamp();
            if (_roomSince is not { } since || time.GetElapsedTime(since) < Settling)
                return;
            _failure = null;
            LogResumed(store.Folder);
        }
    }

    private static string? Sentence(StorageException? failure) =>
        failure is null ? null : $"The coordinator has paused work. {failure.Message} Work then resumes automatically.";

    private bool IsWritable(long neededBytes)
    {
        try
        {
            store.Probe();
            return store.HasRoomFor(neededBytes);
        }
        catch (StorageException)
        {
            return false;
        }
    }

    [LoggerMessage(LogLevel.Error, "{Problem}")]
    private partial void LogHeld(string problem);

    [LoggerMessage(LogLevel.Information, "Space is available in {Folder} again: work resumes.")]
    private partial void LogResumed(string folder);
}
