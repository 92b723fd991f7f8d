using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Decisions;

/// <summary>
/// Decides about offloading: workers without a stage of their own compute evaluations of other workers' guided steps. An offload
/// never affects the outcome of a stage; it ends with the attempt, or as soon as the helper is needed for something else.
/// <see cref="FarmAggregate"/> puts the ends of offloads before the events that cause them.
/// </summary>
public static class OffloadDecisions
{
    // Allows for tens of gigabytes from a slow disk.
    private static readonly TimeSpan LongestPreparation = TimeSpan.FromMinutes(10);

    /// <summary>Returns the events of the scheduler's offload assignments.</summary>
    public static IReadOnlyList<IFarmEvent> Assign(FarmState state, IReadOnlyList<OffloadAssignment> offload, DateTimeOffset now) => offload
        .Where(choice => state.ClipOf(choice.Attempt.Stage) is { } clip && clip.HasInputsOf(clip.Stage(choice.Attempt.Stage.StageId)))
        .Select(choice =>
            (IFarmEvent)new FarmEvents.OffloadAssigned(
                new OffloadAddress(choice.Attempt, state.StatusOf(choice.Attempt.Stage)!.OffloadCount + 1), choice.Worker,
                choice.Evaluations, now))
                    .ToList();

    /// <summary>Records that a helper has loaded everything it needs.</summary>
    public static IReadOnlyList<IFarmEvent> Ready(FarmState state, OffloadAddress offload, DateTimeOffset now) =>
        Find(state, offload) is { IsReady: false } ? [new FarmEvents.OffloadStarted(offload, now)] : [];

    /// <summary>Ends an offload that failed or was given up.</summary>
    public static IReadOnlyList<IFarmEvent> Fail(FarmState state, OffloadAddress offload, FailureKind kind, DateTimeOffset now) =>
        Find(state, offload) is { } helper
            ? [new FarmEvents.OffloadEnded(offload, helper.Worker, FailureCharges.IsTransient(kind) ? null : kind, now)]
            : [];

    /// <summary>
    /// Ends offloads that did not become ready in time, because of a faulty helper or a lost message, and offloads on workers
    /// outside their working hours.
    /// </summary>
    public static IReadOnlyList<IFarmEvent> Overdue(FarmState state, DateTimeOffset now) =>
        (from worker in state.Workers.Values
         where worker.Offload is not null
         let isLate = Find(state, worker.Offload!) is { IsReady: false } helper && now - helper.Since > LongestPreparation
         where isLate || worker.Capabilities.Hours?.Contains(now) == false
         select (IFarmEvent)new FarmEvents.OffloadEnded(worker.Offload!, worker.Id, isLate ? FailureKind.Machine : null, now)).ToList();

    /// <summary>
    /// Returns the offload ends to apply before an event: of an attempt that ends, and of a worker that is assigned a stage or leaves.
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

    /// <summary>Returns the helper of a live offload; null when it has ended.</summary>
    public static AttemptHelper? Find(FarmState state, OffloadAddress offload) =>
        state.StatusOf(offload.Attempt.Stage)?.Find(offload.Attempt.Number)?.Helper is { } helper && helper.Number == offload.Number
            ? helper
            : null;

    /// <summary>Returns the id of the worker that offloads its evaluations; null once its attempt has ended.</summary>
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
