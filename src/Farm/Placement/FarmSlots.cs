using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;

namespace MlxVideo.Farm.Placement;

/// <summary>Creates the slots of the workers that a decision considers.</summary>
internal static class FarmSlots
{
    /// <summary>
    /// Returns the considered workers: all that may and can work now, except that in a very large farm only the busy ones that
    /// have run their stages longest are included. These are enough to decide whether waiting is better.
    /// </summary>
    public static IReadOnlyList<Slot> Of(FarmSnapshot view, Estimator estimator, DateTimeOffset now)
    {
        var able = view.State.Workers.Values.Where(worker =>
            worker.Problem is null && !view.State.Drained.ContainsKey(worker.Id)
            && (worker.Capabilities.Hours?.Contains(view.WallClock(now)) ?? true));
        if (view.State.Workers.Count > PolicyConstants.BusyWorkersConsidered)
        {
            var all = able.ToList();
            able = all.Where(worker => worker.Current is null)
                .Concat(all.Where(worker => worker.Current is not null).OrderBy(worker => worker.Current!.StartedAt)
                .Take(PolicyConstants.BusyWorkersConsidered));
        }

        return able.Select((worker, index) => Of(view, worker, index, estimator, now)).ToList();
    }

    private static Slot Of(FarmSnapshot view, FarmWorker worker, int index, Estimator estimator, DateTimeOffset now)
    {
        var slot =
            new Slot(
                index, worker, view.Profiles.Of(worker))
            {
                HoursLeft =
                    worker.Capabilities.Hours?.Left(view.WallClock(now)).TotalSeconds ?? double.PositiveInfinity
            };
        if (worker.Current is { } current)
            slot.FreeIn = estimator.RemainingSeconds(slot, current.Address);
        else if (slot.Profile.Loading is { } loading)
            slot.Occupy(loading.Component, Math.Max(0, slot.LoadSeconds(loading.Component) - (now - loading.Since).TotalSeconds));
        else if (worker.Offload is { } offload)
            slot.FreeIn = estimator.EvaluationSeconds(slot, offload.Attempt);
        else if (slot.Profile.StopsBy is { } stopsBy)
            slot.FreeIn = Math.Max(0, (stopsBy - now).TotalSeconds);
        return slot;
    }
}
