using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;

namespace MlxVideo.Farm.Decisions;

/// <summary>Decides which workers get no more stages because their owner takes them out of the farm.</summary>
public static class DrainDecisions
{
    /// <summary>Number of leading digits of an id that identify a worker.</summary>
    private const int MinIdDigits = 6;

    /// <summary>Drains a worker in the farm; a repeated request changes nothing.</summary>
    public static IReadOnlyList<IFarmEvent> Drain(FarmState state, string worker, DateTimeOffset now) =>
        state.Workers.TryGetValue(worker, out var known) && !state.Drained.ContainsKey(worker)
            ? [new FarmEvents.DrainStarted(worker, known.Name, now)]
            : [];

    /// <summary>Lets a drained worker have stages again.</summary>
    public static IReadOnlyList<IFarmEvent> Resume(FarmState state, string worker, DateTimeOffset now) =>
        state.Drained.ContainsKey(worker) ? [new FarmEvents.DrainEnded(worker, now)] : [];

    /// <summary>Finds a worker by its name, its id, or leading digits of its id.</summary>
    /// <param name="drained">True to search the drained workers, false to search those in the farm.</param>
    public static FoundWorker Find(FarmState state, string worker, bool drained)
    {
        var known = drained
            ? state.Drained.Select(entry => (Id: entry.Key, Name: entry.Value)).ToList()
            : state.Workers.Values.Select(entry => (entry.Id, entry.Name)).ToList();
        return Find(
            known, worker,
            drained
                ? $"No worker '{worker}' is drained{Listed("; drained are", known)}."
                : $"The farm has no worker '{worker}'{Listed("; its workers are", known)}.");
    }

    /// <summary>Finds a worker, in the farm or remembered.</summary>
    public static FoundWorker Find(FarmState state, string worker)
    {
        var absent = state.Drained.Concat(state.Overrides.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.Name)))
            .Where(entry => !state.Workers.ContainsKey(entry.Key)).DistinctBy(entry => entry.Key)
            .Select(entry => (Id: entry.Key, Name: entry.Value)).ToList();
        var present = state.Workers.Values.Select(entry => (entry.Id, entry.Name)).ToList();
        return Find(
            [.. present, .. absent], worker,
            $"The farm has no worker '{worker}'{Listed("; its workers are", present)}{Listed("; it remembers", absent)}.");
    }

    private static FoundWorker Find(IReadOnlyList<(string Id, string Name)> known, string worker, string nothing)
    {
        var found = known.Where(entry => entry.Id == worker || entry.Name.Equals(worker, StringComparison.OrdinalIgnoreCase)
            || (worker.Length >= MinIdDigits && entry.Id.StartsWith(worker, StringComparison.OrdinalIgnoreCase))).ToList();
        return found switch
        {
            [var one] => new FoundWorker(one.Id, null),
            [] => new FoundWorker(null, nothing),
            _ => new FoundWorker(
                null, $"{found.Count} workers have the name '{worker}': use an id, {string.Join(" or ", found.Select(one => one.Id))}."),
        };
    }

    private static string Listed(string introduction, IReadOnlyList<(string Id, string Name)> workers) => workers.Count == 0
        ? ""
        : $"{introduction} {string.Join(", ", workers.Select(worker => worker.Name))}";
}

/// <summary>The result of a search for a worker: its id, or one sentence that says why there is none.</summary>
public readonly record struct FoundWorker(string? Id, string? Error);
