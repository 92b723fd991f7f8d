using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Coordinator.Storage;

/// <summary>
/// Whether the coordinator can store artefacts just now. While it can't, the farm's work is held: nothing is given out, and
/// workers keep their results. Safe for concurrent use.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where it is said, once, that the work is held and that it goes on.</param>
public sealed partial class StorageCondition(BlobStore store, TimeProvider time, ILogger<StorageCondition> log)
{
    /// <summary>
    /// So long there must be room before work is given out: longer than workers pause before they offer a result again, so
    /// that nobody is asked to compute what another one holds.
    /// </summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(16);

    /// <summary>So long a refused file is waited for: workers offer theirs again, a client may be gone with its own.</summary>
    private static readonly TimeSpan LongestMemory = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private StorageException? _failure;
    private long _failedAt;
    private long? _roomSince;

    /// <summary>Why nothing can be stored: one sentence; null while all is well.</summary>
    public string? Problem
    {
        get
        {
            lock (_gate)
                return Sentence(_failure);
        }
    }

    /// <summary>Something could not be stored.</summary>
    public void Report(StorageException failure)
    {
        lock (_gate)
        {
            if (_failure is null)
                LogHeld(Sentence(failure)!);
            // The largest file of those that were refused lately decides when there is room.
            if (_failure is null || failure.NeededBytes >= _failure.NeededBytes)
                _failure = failure;
            (_failedAt, _roomSince) = (time.GetTimestamp(), null);
        }
    }

    /// <summary>Looks whether there is room again.</summary>
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
        failure is null ? null : $"The coordinator's work is held. {failure.Message} It goes on by itself then.";

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

    [LoggerMessage(LogLevel.Information, "There is room in {Folder} again: the work goes on.")]
    private partial void LogResumed(string folder);
}
