using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Decisions;

/// <summary>
/// What follows for help: workers without a stage of their own compute evaluations of another's guided steps. Help never decides
/// what becomes of a stage; it ends with the attempt, or as soon as the helper is wanted for something else.
/// <see cref="FarmAggregate"/> puts the ends of help before the events that bring them about.
/// </summary>
public static class OffloadDecisions
{
    // Tens of gigabytes from a slow disk.
    private static readonly TimeSpan LongestPreparation = TimeSpan.FromMinutes(10);

    /// <summary>The events of the scheduler's choice.</summary>
    public static IReadOnlyList<IFarmEvent> Assign(FarmState state, IReadOnlyList<OffloadAssignment> offload, DateTimeOffset now) => offload
        .Select(choice =>
            (IFarmEvent)new FarmEvents.OffloadAssigned(
                new OffloadAddress(choice.Attempt, state.StatusOf(choice.Attempt.Stage)!.OffloadCount + 1), choice.Worker,
                choice.Evaluations, now))
                    .ToList();

    /// <summary>A helper has loaded what it needs.</summary>
    public static IReadOnlyList<IFarmEvent> Ready(FarmState state, OffloadAddress offload, DateTimeOffset now) =>
        Find(state, offload) is { IsReady: false } ? [new FarmEvents.OffloadStarted(offload, now)] : [];

    /// <summary>A helper gives up, or is given up.</summary>
    public static IReadOnlyList<IFarmEvent> Fail(FarmState state, OffloadAddress offload, FailureKind kind, DateTimeOffset now) =>
        Find(state, offload) is { } helper
            ? [new FarmEvents.OffloadEnded(offload, helper.Worker, FailureCharges.IsPassing(kind) ? null : kind, now)]
            : [];

    /// <summary>
    /// What time alone ends: help that did not become ready, since something is wrong with the helper or a message was lost, and
    /// that of workers whose hours are over.
    /// </summary>
    public static IReadOnlyList<IFarmEvent> Overdue(FarmState state, DateTimeOffset now) =>
        (from worker in state.Workers.Values
         where worker.Offload is not null
         let isLate = Find(state, worker.Offload!) is { IsReady: false } helper && now - helper.Since > LongestPreparation
         where isLate || worker.Capabilities.Hours?.Contains(now) == false
         select (IFarmEvent)new FarmEvents.OffloadEnded(worker.Offload!, worker.Id, isLate ? FailureKind.Machine : null, now)).ToList();

    /// <summary>
    /// The help that an event ends, to be applied before it: that of an attempt that is over, and that of a worker which is given a stage
    /// or
    /// is gone.
    /// </summary>
    public static IEnumerable<FarmEvents.OffloadEnded> EndedBy(FarmState state, IFarmEvent happened) => happened switch
    {
        FarmEvents.AttemptStarted e => OfWorker(state, e.Worker, e.At),
        FarmEvents.WorkerLeft e => OfWorker(state, e.Worker, e.At),
        FarmEvents.AttemptSucceeded e => OfAttempt(state, e.Attempt, e.At),
        FarmEvents.AttemptFailed e => OfAttempt(state, e.Attempt, e.At),
        FarmEvents.AttemptAbandoned e => OfAttempt(state, e.Attempt, e.At),
        _ => [],
    };

    /// <summary>The helper of a live help; null when it is over.</summary>
    public static AttemptHelper? Find(FarmState state, OffloadAddress offload) =>
        state.StatusOf(offload.Attempt.Stage)?.Find(offload.Attempt.Number)?.Helper is { } helper && helper.Number == offload.Number
            ? helper
            : null;

    /// <summary>Id of the worker that is helped, while its attempt goes on.</summary>
    public static string? OwnerOf(FarmState state, OffloadAddress offload) =>
        state.StatusOf(offload.Attempt.Stage)?.Find(offload.Attempt.Number)?.Worker;

    private static IEnumerable<FarmEvents.OffloadEnded> OfWorker(FarmState state, string worker, DateTimeOffset now) =>
        state.Workers.GetValueOrDefault(worker)?.Offload is { } offload
            ? [new FarmEvents.OffloadEnded(offload, worker, Failure: null, now)]
            : [];

    private static IEnumerable<FarmEvents.OffloadEnded> OfAttempt(FarmState state, AttemptAddress attempt, DateTimeOffset now) =>
        state.StatusOf(attempt.Stage)?.Find(attempt.Number)?.Helper is { } helper
            ? [new FarmEvents.OffloadEnded(new OffloadAddress(attempt, helper.Number), helper.Worker, Failure: null, now)]
            : [];
}
