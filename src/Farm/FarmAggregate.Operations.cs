using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm;

/// <content>What owners do with their batches and workers while the farm runs.</content>
public sealed partial class FarmAggregate
{
    /// <summary>Pauses a batch: its stages are not assigned; running attempts go on.</summary>
    public IReadOnlyList<IFarmEvent> Pause(string batch, DateTimeOffset now) => Apply(BatchDecisions.Pause(State, batch, now));

    /// <summary>Resumes a paused batch.</summary>
    public IReadOnlyList<IFarmEvent> ResumeBatch(string batch, DateTimeOffset now) => Apply(BatchDecisions.Resume(State, batch, now));

    /// <summary>Changes the priority of open clips (<see cref="BatchDecisions.SetPriority"/>).</summary>
    public IReadOnlyList<IFarmEvent> SetPriority(string batch, int? row, int priority, DateTimeOffset now) =>
        Apply(BatchDecisions.SetPriority(State, batch, row, priority, now));

    /// <summary>Changes the deadline of open clips (<see cref="BatchDecisions.SetDeadline"/>).</summary>
    public IReadOnlyList<IFarmEvent> SetDeadline(string batch, int? row, DateTimeOffset? deadline, DateTimeOffset now) =>
        Apply(BatchDecisions.SetDeadline(State, batch, row, deadline, now));

    /// <summary>
    /// Opens ended clips again (<see cref="RetryDecisions.Retry"/>), and shares existing results of other open clips with them.
    /// </summary>
    public IReadOnlyList<IFarmEvent> Retry(
        string batch, int? row, string? stage, Func<BlobRef, bool> isStored, DateTimeOffset now)
    {
        var events = Apply(RetryDecisions.Retry(State, batch, row, stage, isStored, now));
        if (events.Count > 0)
            events.AddRange(ShareKnown(batch, now));
        return events;
    }

    /// <summary>Restores an ended batch from the archive.</summary>
    public IReadOnlyList<IFarmEvent> Restore(RecoveredBatch ended, DateTimeOffset now) => Apply(BatchDecisions.Restore(State, ended, now));

    /// <summary>Sets a worker's tags; null restores its own.</summary>
    public IReadOnlyList<IFarmEvent> Tag(string worker, IReadOnlyList<string>? tags, DateTimeOffset now) =>
        Apply(WorkerDecisions.Tag(State, worker, tags, now));

    /// <summary>Sets a worker's hours; null restores its own.</summary>
    public IReadOnlyList<IFarmEvent> SetHours(string worker, AllowedHours? hours, DateTimeOffset now) =>
        Apply(WorkerDecisions.SetHours(State, worker, hours, now));

    /// <summary>Removes everything that is remembered of a worker outside the farm.</summary>
    public IReadOnlyList<IFarmEvent> Forget(string worker, DateTimeOffset now) => Apply(WorkerDecisions.Forget(State, worker, now));

    /// <summary>Removes what is still known of an archived batch.</summary>
    public IReadOnlyList<IFarmEvent> RemoveBatch(string batch, DateTimeOffset now) => Apply(BatchDecisions.Remove(State, batch, now));
}
