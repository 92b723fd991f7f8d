using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Farm.Traces;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Metrics;

/// <summary>The end of an attempt, for metrics and spans.</summary>
/// <param name="Live">The attempt while it was running.</param>
/// <param name="Kind">Public name of the stage kind.</param>
/// <param name="Failure">Why it failed; null when it did not.</param>
internal sealed record EndedAttempt(
    AttemptAddress Address, LiveAttempt Live, string Kind, AttemptOutcome Outcome, FailureKind? Failure, DateTimeOffset At)
{
    /// <summary>Time from its assignment to its end, including fetching, loading and sending.</summary>
    public TimeSpan Duration => At > Live.StartedAt ? At - Live.StartedAt : TimeSpan.Zero;

    /// <summary>Returns the attempt that an event ends; null when it ends none.</summary>
    /// <param name="before">The state before the event.</param>
    public static EndedAttempt? Of(FarmState before, IFarmEvent happened) => happened switch
    {
        FarmEvents.AttemptSucceeded e => Of(before, e.Attempt, AttemptOutcome.Succeeded, null, e.At),
        FarmEvents.AttemptFailed e => Of(before, e.Attempt, AttemptOutcome.Failed, e.Kind, e.At),
        FarmEvents.AttemptAbandoned e => Of(before, e.Attempt, AttemptOutcome.Abandoned, null, e.At),
        _ => null,
    };

    private static EndedAttempt? Of(
        FarmState before, AttemptAddress attempt, AttemptOutcome outcome, FailureKind? failure, DateTimeOffset at) =>
        before.StatusOf(attempt.Stage)?.Find(attempt.Number) is { } live
            ? new EndedAttempt(attempt, live, before.ClipOf(attempt.Stage)!.Work[attempt.Stage.StageId].Kind, outcome, failure, at)
            : null;
}
