using MlxVideo.Farm.Commands;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.Events;

/// <summary>An event of the farm's domain.</summary>
public interface IFarmEvent;

/// <summary>The farm's events, named in the past tense.</summary>
public static class FarmEvents
{
    /// <summary>A batch was submitted.</summary>
    /// <param name="Model">Digest of the requested model; null when the first worker to join decides.</param>
    /// <param name="Binding">Model and arithmetic that render it; null until a worker with its model joins.</param>
    public sealed record BatchSubmitted(string Batch, BatchRequest Request, string? Model, ModelBinding? Binding, DateTimeOffset At)
        : IFarmEvent;

    /// <summary>
    /// A batch submitted before any worker with its model had joined was bound to such a worker's model and arithmetic.
    /// </summary>
    public sealed record BatchBound(string Batch, ModelBinding Binding, DateTimeOffset At) : IFarmEvent;

    /// <summary>The rest of a batch was cancelled.</summary>
    /// <param name="Reason">Why the farm cancelled it, in one sentence; null when its owner did.</param>
    public sealed record BatchCancelled(string Batch, DateTimeOffset At, string? Reason = null) : IFarmEvent;

    /// <summary>An ended batch was moved to the archive.</summary>
    public sealed record BatchArchived(string Batch, DateTimeOffset At) : IFarmEvent;

    /// <summary>A batch was paused: its stages are not assigned until it is resumed; running attempts go on.</summary>
    public sealed record BatchPaused(string Batch, DateTimeOffset At) : IFarmEvent;

    /// <summary>A paused batch was resumed.</summary>
    public sealed record BatchResumed(string Batch, DateTimeOffset At) : IFarmEvent;

    /// <summary>The priority of open clips was changed.</summary>
    public sealed record PriorityChanged(string Batch, IReadOnlyList<int> Rows, int Priority, DateTimeOffset At) : IFarmEvent;

    /// <summary>The deadline of open clips was changed.</summary>
    /// <param name="Deadline">The new deadline; null for none.</param>
    public sealed record DeadlineChanged(string Batch, IReadOnlyList<int> Rows, DateTimeOffset? Deadline, DateTimeOffset At) : IFarmEvent;

    /// <summary>An ended clip became open again, without its earlier failures.</summary>
    /// <param name="Stages">Ids of the stages that run again, in plan order; the results of the others are kept.</param>
    public sealed record ClipRetried(string Batch, int Row, IReadOnlyList<string> Stages, DateTimeOffset At) : IFarmEvent;

    /// <summary>An ended batch was restored from the archive, because some of its clips are retried.</summary>
    public sealed record BatchRestored(RecoveredBatch Batch, DateTimeOffset At) : IFarmEvent;

    /// <summary>An ended batch was removed for good.</summary>
    public sealed record BatchRemoved(string Batch, DateTimeOffset At) : IFarmEvent;

    /// <summary>A worker joined, or rejoined with a new epoch.</summary>
    public sealed record WorkerJoined(
        string Worker, string Epoch, string Name, string Device, string Model, string ModelName, WorkerCapabilities Capabilities,
        DateTimeOffset At) : IFarmEvent;

    /// <summary>A worker left or was lost.</summary>
    public sealed record WorkerLeft(string Worker, DateTimeOffset At) : IFarmEvent;

    /// <summary>A worker became temporarily unable to run stages, or able again.</summary>
    /// <param name="Problem">The reason in one sentence; null when it can run stages again.</param>
    public sealed record WorkerConditionChanged(string Worker, string? Problem, DateTimeOffset At) : IFarmEvent;

    /// <summary>A worker gets no more stages until its drain ends, even if it leaves and joins again.</summary>
    public sealed record DrainStarted(string Worker, string Name, DateTimeOffset At) : IFarmEvent;

    /// <summary>A drained worker may be given stages again.</summary>
    public sealed record DrainEnded(string Worker, DateTimeOffset At) : IFarmEvent;

    /// <summary>An operator set a worker's tags in place of its own, or restored its own.</summary>
    /// <param name="Tags">The tags; null for the worker's own.</param>
    public sealed record WorkerTagged(string Worker, string Name, IReadOnlyList<string>? Tags, DateTimeOffset At) : IFarmEvent;

    /// <summary>An operator set a worker's hours in place of its own, or restored its own.</summary>
    /// <param name="Hours">The hours; null for the worker's own.</param>
    public sealed record WorkerHoursChanged(string Worker, string Name, AllowedHours? Hours, DateTimeOffset At) : IFarmEvent;

    /// <summary>Everything that is remembered of a worker outside the farm was removed.</summary>
    public sealed record WorkerForgotten(string Worker, DateTimeOffset At) : IFarmEvent;

    /// <summary>A stage was assigned to a worker.</summary>
    public sealed record AttemptStarted(AttemptAddress Attempt, string Worker, string WorkerName, bool IsSpeculative, DateTimeOffset At)
        : IFarmEvent;

    /// <summary>An attempt's outputs arrived.</summary>
    public sealed record AttemptSucceeded(AttemptAddress Attempt, IReadOnlyList<NamedBlob> Outputs, DateTimeOffset At) : IFarmEvent;

    /// <summary>An attempt ended without a result; the stage can be retried.</summary>
    /// <param name="IsLost">True when contact with its worker was lost; the worker may still be running the attempt.</param>
    public sealed record AttemptFailed(AttemptAddress Attempt, FailureKind Kind, string Message, DateTimeOffset At, bool IsLost = false)
        : IFarmEvent;

    /// <summary>A worker that had lost contact returned with a lost attempt, which counts as running again.</summary>
    public sealed record AttemptResumed(AttemptAddress Attempt, string Worker, DateTimeOffset At) : IFarmEvent;

    /// <summary>The result of a live attempt is no longer wanted: its worker is released and told to stop.</summary>
    public sealed record AttemptAbandoned(AttemptAddress Attempt, string Worker, DateTimeOffset At) : IFarmEvent;

    /// <summary>Evaluations of a live attempt's guided steps were offloaded to an idle worker.</summary>
    public sealed record OffloadAssigned(OffloadAddress Offload, string Worker, int Evaluations, DateTimeOffset At) : IFarmEvent;

    /// <summary>A helper has loaded everything it needs.</summary>
    public sealed record OffloadStarted(OffloadAddress Offload, DateTimeOffset At) : IFarmEvent;

    /// <summary>An offload ended: its helper is idle again, or gone.</summary>
    /// <param name="Failure">
    /// Why the helper failed, which excludes it from further offloads of this stage; null when it did not fail.
    /// </param>
    public sealed record OffloadEnded(OffloadAddress Offload, string Worker, FailureKind? Failure, DateTimeOffset At) : IFarmEvent;

    /// <summary>A stage was completed with the result of another stage that has the same derivation key.</summary>
    public sealed record ResultShared(StageAddress Stage, StageAddress From, IReadOnlyList<NamedBlob> Outputs, DateTimeOffset At)
        : IFarmEvent;

    /// <summary>An artefact of an open clip was lost or damaged: the stage that produces it runs again.</summary>
    /// <param name="Name">Name of the artefact in the clip's plan.</param>
    public sealed record ArtefactLost(string Batch, int Row, string Name, DateTimeOffset At) : IFarmEvent;

    /// <summary>A clip was finished.</summary>
    public sealed record ClipFinished(string Batch, int Row, BlobRef Clip, string Framemd5, DateTimeOffset At) : IFarmEvent;

    /// <summary>A clip failed for good.</summary>
    public sealed record ClipFailed(string Batch, int Row, string Error, DateTimeOffset At) : IFarmEvent;
}
