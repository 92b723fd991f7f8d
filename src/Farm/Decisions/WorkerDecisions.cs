using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.Decisions;

/// <summary>Decides about what operators set for workers, and what is remembered of them. Repeated requests change nothing.</summary>
public static class WorkerDecisions
{
    /// <summary>The problem of a worker whose connection was closed, and which is expected back.</summary>
    public const string ConnectionClosed = "Its connection to the coordinator was closed.";

    /// <summary>Sets a worker's tags.</summary>
    /// <param name="tags">The tags; null for the worker's own.</param>
    public static IReadOnlyList<IFarmEvent> Tag(FarmState state, string worker, IReadOnlyList<string>? tags, DateTimeOffset now)
    {
        var known = state.Overrides.GetValueOrDefault(worker)?.Tags;
        var isSame = known is null || tags is null ? ReferenceEquals(known, tags) : known.SequenceEqual(tags);
        return NameOf(state, worker) is { } name && !isSame ? [new FarmEvents.WorkerTagged(worker, name, tags, now)] : [];
    }

    /// <summary>Sets a worker's hours.</summary>
    /// <param name="hours">The hours; null for the worker's own.</param>
    public static IReadOnlyList<IFarmEvent> SetHours(FarmState state, string worker, AllowedHours? hours, DateTimeOffset now) =>
        NameOf(state, worker) is { } name && state.Overrides.GetValueOrDefault(worker)?.Hours != hours
            ? [new FarmEvents.WorkerHoursChanged(worker, name, hours, now)]
            : [];

    /// <summary>Removes everything that is remembered of a worker outside the farm.</summary>
    public static IReadOnlyList<IFarmEvent> Forget(FarmState state, string worker, DateTimeOffset now) =>
        !state.Workers.ContainsKey(worker) && NameOf(state, worker) is not null ? [new FarmEvents.WorkerForgotten(worker, now)] : [];

    /// <summary>Returns the name of a worker in the farm or of a remembered one; null for any other.</summary>
    public static string? NameOf(FarmState state, string worker) =>
        state.Workers.GetValueOrDefault(worker)?.Name ?? state.Overrides.GetValueOrDefault(worker)?.Name
            ?? state.Drained.GetValueOrDefault(worker);
}
