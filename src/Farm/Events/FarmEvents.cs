using MlxVideo.Farm.Commands;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.Events;

/// <summary>Something that happened to the farm.</summary>
public interface IFarmEvent;

/// <summary>The events of a farm, in the past tense.</summary>
public static class FarmEvents
{
    /// <summary>A batch came in.</summary>
    /// <param name="Model">Digest of the model that it asks for; null when the first worker to join decides.</param>
    /// <param name="Binding">Model and arithmetic that render it; null until a worker with its model is in the farm.</param>
    public sealed record BatchSubmitted(string Batch, BatchRequest Request, string? Model, ModelBinding? Binding, DateTimeOffset At)
        : IFarmEvent;

    /// <summary>
    /// A batch that was submitted before a worker with its model had joined is bound to that worker's model and arithmetic.
    /// </summary>
    public sealed record BatchBound(string Batch, ModelBinding Binding, DateTimeOffset At) : IFarmEvent;

    /// <summary>What was left of a batch was given up.</summary>
    public sealed record BatchCancelled(string Batch, DateTimeOffset At) : IFarmEvent;

    /// <summary>A worker came in, or came back with a new epoch.</summary>
    public sealed record WorkerJoined(
        string Worker, string Epoch, string Name, string Device, string Model, string ModelName, WorkerCapabilities Capabilities,
        DateTimeOffset At) : IFarmEvent;

    /// <summary>A worker left or was lost.</summary>
    public sealed record WorkerLeft(string Worker, DateTimeOffset At) : IFarmEvent;

    /// <summary>A worker can't run stages for a while, or can again.</summary>
    /// <param name="Problem">Why it can't: one sentence; null when it can again.</param>
    public sealed record WorkerConditionChanged(string Worker, string? Problem, DateTimeOffset At) : IFarmEvent;

    /// <summary>A worker was given a stage.</summary>
    public sealed record AttemptStarted(AttemptAddress Attempt, string Worker, string WorkerName, bool IsSpeculative, DateTimeOffset At)
        : IFarmEvent;

    /// <summary>An attempt's outputs arrived.</summary>
    public sealed record AttemptSucceeded(AttemptAddress Attempt, IReadOnlyList<NamedBlob> Outputs, DateTimeOffset At) : IFarmEvent;

    /// <summary>An attempt ended without a result; the stage can be tried again.</summary>
    /// <param name="IsLost">True when its worker fell silent rather than failed, and may still be at it.</param>
    public sealed record AttemptFailed(AttemptAddress Attempt, FailureKind Kind, string Message, DateTimeOffset At, bool IsLost = false)
        : IFarmEvent;

    /// <summary>A worker that had fallen silent is back and still has a lost attempt, which counts as running again.</summary>
    public sealed record AttemptResumed(AttemptAddress Attempt, string Worker, DateTimeOffset At) : IFarmEvent;

    /// <summary>The result of a live attempt is not wanted any more: its worker is free again and is told to stop.</summary>
    public sealed record AttemptAbandoned(AttemptAddress Attempt, string Worker, DateTimeOffset At) : IFarmEvent;

    /// <summary>A free worker was asked to compute evaluations of a live attempt's guided steps.</summary>
    public sealed record OffloadAssigned(OffloadAddress Offload, string Worker, int Evaluations, DateTimeOffset At) : IFarmEvent;

    /// <summary>A helper has loaded what it needs.</summary>
    public sealed record OffloadStarted(OffloadAddress Offload, DateTimeOffset At) : IFarmEvent;

    /// <summary>A helper is free again, or gone.</summary>
    /// <param name="Failure">Why it failed, and is not to be asked again for this stage; null when it did not.</param>
    public sealed record OffloadEnded(OffloadAddress Offload, string Worker, FailureKind? Failure, DateTimeOffset At) : IFarmEvent;

    /// <summary>A stage is done by the result of another one with the same derivation key.</summary>
    public sealed record ResultShared(StageAddress Stage, StageAddress From, IReadOnlyList<NamedBlob> Outputs, DateTimeOffset At)
        : IFarmEvent;

    /// <summary>A clip is finished.</summary>
    public sealed record ClipFinished(string Batch, int Row, BlobRef Clip, string Framemd5, DateTimeOffset At) : IFarmEvent;

    /// <summary>A clip will not be finished.</summary>
    public sealed record ClipFailed(string Batch, int Row, string Error, DateTimeOffset At) : IFarmEvent;
}
