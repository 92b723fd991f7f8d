using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Placement;
using MlxVideo.Farm.Policies;

namespace MlxVideo.Simulation.Policies;

/// <summary>
/// Heterogeneous earliest finish time (Topcuoglu, Hariri, Wu 2002), anew at every event: ready tasks by the length of the chain
/// behind them, each to the worker that would end it first, model loading included.
/// </summary>
public sealed class DynamicHeft : ISchedulingPolicy
{
    /// <inheritdoc/>
    public Decision Decide(FarmSnapshot view, DateTimeOffset now)
    {
        var ready = new ReadyTasks(view, now);
        var assignments = new List<Assignment>();
        foreach (var task in ready.Tasks.OrderByDescending(task => task.Work.PathTeraflops))
        {
            if (!ready.Idle.Any())
                break;
            Slot? best = null;
            var earliest = double.MaxValue;
            foreach (var slot in ready.Slots.Where(slot => task.Fits(slot)))
            {
                if (task.FinishIn(slot) is var finish && finish < earliest)
                    (best, earliest) = (slot, finish);
            }

            if (best is null)
                continue;
            if (best.IsIdle)
                assignments.Add(ReadyTasks.Take(best, task));
            best.FreeIn = earliest;
            best.Resident = best.Resident.Using(task.Part, best.Worker.Capabilities);
        }

        return Decision.Nothing with { Assign = assignments };
    }
}
