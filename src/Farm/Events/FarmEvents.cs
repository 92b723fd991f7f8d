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
    public sealed record BatchCancelled(string Batch, DateTimeOffset At) : IFarmEvent;

    /// <summary>A worker joined, or rejoined with a new epoch.</summary>
    public sealed record WorkerJoined(
        string Worker, string Epoch, string Name, string Device, string Model, string ModelName, WorkerCapabilities Capabilities,
        DateTimeOffset At) : IFarmEvent;

    /// <summary>A worker left or was lost.</summary>
    public sealed record WorkerLeft(string Worker, DateTimeOffset At) : IFarmEvent;

    /// <summary>A worker became temporarily unable to run stages, or able again.</summary>
    /// <param name="Problem">The reason in one sentence; null when it can run stages again.</param>
    public sealed record WorkerConditionChanged(string Worker, string? Problem, DateTimeOffset At) : IFarmEvent;

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

    /// <summary>A clip was finished.</summary>
    public sealed record ClipFinished(string Batch, int Row, BlobRef Clip, string Framemd5, DateTimeOffset At) : IFarmEvent;

    /// <summary>A clip failed for good.</summary>
    public sealed record ClipFailed(string Batch, int Row, string Error, DateTimeOffset At) : IFarmEvent;
}
