using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Farm.Decisions;

/// <summary>
/// What follows for help: workers without a task of their own compute passes of another's guided steps. Help never decides
/// what becomes of a task; it ends with the attempt, or as soon as the helper is wanted for something else.
/// <see cref="FarmAggregate"/> puts the ends of help before the events that bring them about.
/// </summary>
public static class HelpDecisions
{
    // Tens of gigabytes from a slow disk.
    private static readonly TimeSpan LongestPreparation = TimeSpan.FromMinutes(10);

    /// <summary>The events of the scheduler's choice.</summary>
    public static IReadOnlyList<IFarmEvent> Assign(FarmState state, IReadOnlyList<HelpAssignment> help, DateTimeOffset now) => help
        .Select(choice =>
            (IFarmEvent)new FarmEvents.HelpAssigned(
                new HelpAddress(choice.Attempt, state.StageOf(choice.Attempt.Task)!.Helps + 1), choice.Worker, choice.Passes, now))
                    .ToList();

    /// <summary>A helper has loaded what it needs.</summary>
    public static IReadOnlyList<IFarmEvent> Ready(FarmState state, HelpAddress help, DateTimeOffset now) =>
        Find(state, help) is { IsReady: false } ? [new FarmEvents.HelpBegan(help, now)] : [];

    /// <summary>A helper gives up, or is given up.</summary>
    public static IReadOnlyList<IFarmEvent> Fail(FarmState state, HelpAddress help, FailureKind kind, DateTimeOffset now) =>
        Find(state, help) is { } helper
            ? [new FarmEvents.HelpEnded(help, helper.Worker, FailureCharges.IsPassing(kind) ? null : kind, now)]
            : [];

    /// <summary>
    /// What time alone ends: help that did not become ready, since something is wrong with the helper or a message was lost, and
    /// that of workers whose hours are over.
    /// </summary>
    public static IReadOnlyList<IFarmEvent> Overdue(FarmState state, DateTimeOffset now) =>
        (from worker in state.Workers.Values
         where worker.Helps is not null
         let isLate = Find(state, worker.Helps!) is { IsReady: false } helper && now - helper.Since > LongestPreparation
         where isLate || worker.Capabilities.Hours?.Contains(now) == false
         select (IFarmEvent)new FarmEvents.HelpEnded(worker.Helps!, worker.Id, isLate ? FailureKind.Machine : null, now)).ToList();

    /// <summary>
    /// The help that an event ends, to be applied before it: that of an attempt that is over, and that of a worker which is given a task or
    /// is gone.
    /// </summary>
    public static IEnumerable<FarmEvents.HelpEnded> EndedBy(FarmState state, IFarmEvent happened) => happened switch
    {
        FarmEvents.AttemptStarted e => OfWorker(state, e.Worker, e.At),
        FarmEvents.WorkerLeft e => OfWorker(state, e.Worker, e.At),
        FarmEvents.AttemptSucceeded e => OfAttempt(state, e.Attempt, e.At),
        FarmEvents.AttemptFailed e => OfAttempt(state, e.Attempt, e.At),
        FarmEvents.AttemptAbandoned e => OfAttempt(state, e.Attempt, e.At),
        _ => [],
    };

    /// <summary>The helper of a live help; null when it is over.</summary>
    public static AttemptHelper? Find(FarmState state, HelpAddress help) =>
        state.StageOf(help.Attempt.Task)?.Find(help.Attempt.Number)?.Helper is { } helper && helper.Number == help.Number ? helper : null;

    /// <summary>Id of the worker that is helped, while its attempt goes on.</summary>
    public static string? OwnerOf(FarmState state, HelpAddress help) => state.StageOf(help.Attempt.Task)?.Find(help.Attempt.Number)?.Worker;

    private static IEnumerable<FarmEvents.HelpEnded> OfWorker(FarmState state, string worker, DateTimeOffset now) =>
        state.Workers.GetValueOrDefault(worker)?.Helps is { } help ? [new FarmEvents.HelpEnded(help, worker, Failure: null, now)] : [];

    private static IEnumerable<FarmEvents.HelpEnded> OfAttempt(FarmState state, AttemptAddress attempt, DateTimeOffset now) =>
        state.StageOf(attempt.Task)?.Find(attempt.Number)?.Helper is { } helper
            ? [new FarmEvents.HelpEnded(new HelpAddress(attempt, helper.Number), helper.Worker, Failure: null, now)]
            : [];
}
