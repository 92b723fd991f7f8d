using System.Text.Json.Serialization;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.Traces;

/// <summary>One line of a batch's trace: a JSON object whose <c>kind</c> names the record. docs/trace.md describes them all.</summary>
/// <param name="At">When it happened, in UTC.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(TraceLines.BatchBegan), "batch")]
[JsonDerivedType(typeof(TraceLines.WorkerIsHere), "worker")]
[JsonDerivedType(typeof(TraceLines.WorkerLeft), "left")]
[JsonDerivedType(typeof(TraceLines.AttemptStarted), "started")]
[JsonDerivedType(typeof(TraceLines.AttemptEnded), "ended")]
[JsonDerivedType(typeof(TraceLines.EvaluationsOffloaded), "helped")]
[JsonDerivedType(typeof(TraceLines.ResultShared), "shared")]
[JsonDerivedType(typeof(TraceLines.ClipEnded), "clip")]
[JsonDerivedType(typeof(TraceLines.BatchEnded), "end")]
public abstract record TraceLine([property: JsonPropertyOrder(-1)] DateTimeOffset At);

/// <summary>The kinds of lines of a trace.</summary>
public static class TraceLines
{
    /// <summary>The first line: what was submitted.</summary>
    /// <param name="At">When.</param>
    /// <param name="Id">The batch's id.</param>
    /// <param name="Weight">Its share of the farm.</param>
    /// <param name="Clips">Its clips.</param>
    public sealed record BatchBegan(DateTimeOffset At, string Id, double Weight, IReadOnlyList<TracedClip> Clips) : TraceLine(At);

    /// <summary>A worker is in the farm as the batch comes in, or joins later.</summary>
    /// <param name="At">When.</param>
    /// <param name="Id">Its id, stable over restarts.</param>
    /// <param name="Name">Its name for people.</param>
    /// <param name="Device">What it computes on.</param>
    /// <param name="Model">Digest of its model.</param>
    /// <param name="Capabilities">What it can do.</param>
    public sealed record WorkerIsHere(
        DateTimeOffset At, string Id, string Name, string Device, string Model, WorkerCapabilities Capabilities) : TraceLine(At);

    /// <summary>A worker left or was lost.</summary>
    /// <param name="At">When.</param>
    /// <param name="Worker">Its id.</param>
    public sealed record WorkerLeft(DateTimeOffset At, string Worker) : TraceLine(At);

    /// <summary>A worker, or the coordinator, was given a stage.</summary>
    /// <param name="At">When.</param>
    /// <param name="Row">The clip.</param>
    /// <param name="Stage">The stage's id in its plan.</param>
    /// <param name="Attempt">Number of the attempt, from 1.</param>
    /// <param name="Worker">The worker's id; <c>coordinator</c> for muxing.</param>
    /// <param name="Speculative">True when it races an earlier attempt.</param>
    public sealed record AttemptStarted(DateTimeOffset At, int Row, string Stage, int Attempt, string Worker, bool Speculative)
        : TraceLine(At);

    /// <summary>An attempt is over.</summary>
    /// <param name="At">When.</param>
    /// <param name="Row">The clip.</param>
    /// <param name="Stage">The stage's id in its plan.</param>
    /// <param name="Attempt">Number of the attempt.</param>
    /// <param name="Worker">The worker's id.</param>
    /// <param name="Outcome">How it ended.</param>
    /// <param name="Failure">Why it failed; null when it did not.</param>
    /// <param name="Began">When the computing began: inputs were there and the model was loaded; null when that was not reported.</param>
    /// <param name="WorkKind">The kind of stage.</param>
    /// <param name="Units">Its work in 10¹² operations.</param>
    /// <param name="Seconds">Seconds from its start to its end, fetching, loading and sending included.</param>
    public sealed record AttemptEnded(
        DateTimeOffset At, int Row, string Stage, int Attempt, string Worker, AttemptOutcome Outcome, FailureKind? Failure,
        DateTimeOffset? Began,
        string WorkKind, double Units, double Seconds) : TraceLine(At);

    /// <summary>A worker that computed evaluations for an attempt of another is free again.</summary>
    /// <param name="At">When.</param>
    /// <param name="Row">The clip.</param>
    /// <param name="Stage">The stage's id in its plan.</param>
    /// <param name="Attempt">Number of the attempt that was helped.</param>
    /// <param name="Worker">The helper's id.</param>
    /// <param name="Evaluations">How many evaluations of each step it computed.</param>
    /// <param name="Steps">Steps of which it delivered them.</param>
    public sealed record EvaluationsOffloaded(
        DateTimeOffset At, int Row, string Stage, int Attempt, string Worker, int Evaluations, int Steps)
        : TraceLine(At);

    /// <summary>A stage is done by the result of another one with the same derivation key.</summary>
    /// <param name="At">When.</param>
    /// <param name="Row">The clip.</param>
    /// <param name="Stage">The stage's id in its plan.</param>
    /// <param name="From">The stage that made the result, perhaps in another batch.</param>
    public sealed record ResultShared(DateTimeOffset At, int Row, string Stage, StageAddress From) : TraceLine(At);

    /// <summary>A clip was finished, failed or cancelled.</summary>
    /// <param name="At">When.</param>
    /// <param name="Row">The clip.</param>
    /// <param name="State">Where it stands.</param>
    public sealed record ClipEnded(DateTimeOffset At, int Row, ClipState State) : TraceLine(At);

    /// <summary>The last line.</summary>
    /// <param name="At">When the last clip ended.</param>
    public sealed record BatchEnded(DateTimeOffset At) : TraceLine(At);
}

/// <summary>A clip of a traced batch.</summary>
/// <param name="Row">Its row.</param>
/// <param name="Constraints">Priority, deadline and where it may run.</param>
/// <param name="Settings">What is rendered.</param>
public sealed record TracedClip(int Row, ClipConstraints Constraints, RenderSettings Settings);

/// <summary>How an attempt ended.</summary>
public enum AttemptOutcome
{
    /// <summary>Its outputs were taken.</summary>
    Succeeded,

    /// <summary>It failed, or its worker was lost.</summary>
    Failed,

    /// <summary>Its result was not wanted any more.</summary>
    Abandoned,
}
