using System.Text.Json.Serialization;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.Traces;

/// <summary>A line of a batch's trace: a JSON object with the record type as <c>kind</c>. docs/trace.md describes all kinds.</summary>
/// <param name="At">Time of the event, in UTC.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(TraceLines.BatchSubmitted), "batch")]
[JsonDerivedType(typeof(TraceLines.WorkerPresent), "worker")]
[JsonDerivedType(typeof(TraceLines.WorkerLeft), "left")]
[JsonDerivedType(typeof(TraceLines.AttemptStarted), "started")]
[JsonDerivedType(typeof(TraceLines.AttemptEnded), "ended")]
[JsonDerivedType(typeof(TraceLines.EvaluationsOffloaded), "offloaded")]
[JsonDerivedType(typeof(TraceLines.ResultShared), "shared")]
[JsonDerivedType(typeof(TraceLines.ClipEnded), "clip")]
[JsonDerivedType(typeof(TraceLines.BatchEnded), "end")]
public abstract record TraceLine([property: JsonPropertyOrder(-1)] DateTimeOffset At);

/// <summary>The kinds of trace lines.</summary>
public static class TraceLines
{
    /// <summary>The first line: the submitted batch.</summary>
    /// <param name="Id">The batch's id.</param>
    /// <param name="Weight">The batch's share of the farm.</param>
    public sealed record BatchSubmitted(DateTimeOffset At, string Id, double Weight, IReadOnlyList<TracedClip> Clips) : TraceLine(At);

    /// <summary>A worker that was in the farm when the batch was submitted, or joined later.</summary>
    /// <param name="Id">Stable across restarts.</param>
    /// <param name="Name">Display name.</param>
    /// <param name="Device">Compute device.</param>
    /// <param name="Model">Digest of its model.</param>
    public sealed record WorkerPresent(
        DateTimeOffset At, string Id, string Name, string Device, string Model, WorkerCapabilities Capabilities) : TraceLine(At);

    /// <summary>A worker left or was lost.</summary>
    /// <param name="Worker">The worker's id.</param>
    public sealed record WorkerLeft(DateTimeOffset At, string Worker) : TraceLine(At);

    /// <summary>A stage was started on a worker or by the coordinator.</summary>
    /// <param name="Row">The clip's row.</param>
    /// <param name="Stage">The stage's id in its plan.</param>
    /// <param name="Attempt">Number of the attempt, from 1.</param>
    /// <param name="Worker">The worker's id; <c>coordinator</c> for muxing.</param>
    /// <param name="Speculative">True for a speculative attempt, which races an earlier one.</param>
    public sealed record AttemptStarted(DateTimeOffset At, int Row, string Stage, int Attempt, string Worker, bool Speculative)
        : TraceLine(At);

    /// <summary>An attempt ended.</summary>
    /// <param name="Row">The clip's row.</param>
    /// <param name="Stage">The stage's id in its plan.</param>
    /// <param name="Attempt">Number of the attempt.</param>
    /// <param name="Worker">The worker's id.</param>
    /// <param name="Failure">The cause of a failure; null when it did not fail.</param>
    /// <param name="Began">Start of the computation, with inputs fetched and the model loaded; null when it was not reported.</param>
    /// <param name="StageKind">The stage kind.</param>
    /// <param name="TeraOperations">Its work in 10¹² operations.</param>
    /// <param name="Seconds">Seconds from its start to its end, including fetching, loading and sending.</param>
    public sealed record AttemptEnded(
        DateTimeOffset At, int Row, string Stage, int Attempt, string Worker, AttemptOutcome Outcome, FailureKind? Failure,
        DateTimeOffset? Began,
        string StageKind, double TeraOperations, double Seconds) : TraceLine(At);

    /// <summary>A helper that computed offloaded evaluations for another worker's attempt is idle again.</summary>
    /// <param name="Row">The clip's row.</param>
    /// <param name="Stage">The stage's id in its plan.</param>
    /// <param name="Attempt">Number of the attempt that offloaded them.</param>
    /// <param name="Worker">The helper's id.</param>
    /// <param name="Evaluations">Number of evaluations per step that it computed.</param>
    /// <param name="Steps">Number of steps for which it delivered them.</param>
    public sealed record EvaluationsOffloaded(
        DateTimeOffset At, int Row, string Stage, int Attempt, string Worker, int Evaluations, int Steps)
        : TraceLine(At);

    /// <summary>A stage was completed with the result of another stage that has the same derivation key.</summary>
    /// <param name="Row">The clip's row.</param>
    /// <param name="Stage">The stage's id in its plan.</param>
    /// <param name="From">The stage that produced the result, possibly in another batch.</param>
    public sealed record ResultShared(DateTimeOffset At, int Row, string Stage, StageAddress From) : TraceLine(At);

    /// <summary>A clip was finished, failed or cancelled.</summary>
    /// <param name="Row">The clip's row.</param>
    public sealed record ClipEnded(DateTimeOffset At, int Row, ClipState State) : TraceLine(At);

    /// <summary>The last line.</summary>
    /// <param name="At">When the last clip ended.</param>
    public sealed record BatchEnded(DateTimeOffset At) : TraceLine(At);
}

/// <summary>A clip of a traced batch.</summary>
/// <param name="Constraints">Priority, deadline and eligible workers.</param>
public sealed record TracedClip(int Row, ClipConstraints Constraints, RenderSettings Settings);

/// <summary>An attempt's outcome.</summary>
public enum AttemptOutcome
{
    /// <summary>Its outputs were accepted.</summary>
    Succeeded,

    /// <summary>It failed, or its worker was lost.</summary>
    Failed,

    /// <summary>Its result was no longer wanted.</summary>
    Abandoned,
}
