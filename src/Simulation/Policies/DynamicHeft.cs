using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Placement;
using MlxVideo.Farm.Policies;

namespace MlxVideo.Simulation.Policies;

/// <summary>
/// Heterogeneous earliest finish time (Topcuoglu, Hariri, Wu 2002), recomputed at every event: ready stages by the length of the chain
/// behind them, each on the worker with the earliest finish time, model loading included.
/// </summary>
public sealed class DynamicHeft : ISchedulingPolicy
{
    /// <inheritdoc/>
    public Decision Decide(FarmSnapshot view, DateTimeOffset now)
    {
        var ready = new ReadyStages(view, now);
        var assignments = new List<Assignment>();
        foreach (var stage in ready.Stages.OrderByDescending(stage => stage.Work.PathTeraOperations))
        {
            if (!ready.Idle.Any())
                break;
            Slot? best = null;
            var earliest = double.MaxValue;
            foreach (var slot in ready.Slots.Where(slot => stage.Fits(slot)))
            {
                if (stage.FinishIn(slot) is var finish && finish < earliest)
                    (best, earliest) = (slot, finish);
            }

            if (best is null)
                continue;
            if (best.IsIdle)
                assignments.Add(ReadyStages.Take(best, stage));
            best.FreeIn = earliest;
            best.Resident = best.Resident.Using(stage.Component, best.Worker.Capabilities);
        }

        return Decision.Nothing with { Assign = assignments };
    }
}
