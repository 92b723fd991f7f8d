using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;

namespace MlxVideo.Simulation.Policies;

/// <summary>A free worker prefers tasks whose model part it holds, and among them the one with the longest chain behind it.</summary>
public sealed class AffinityFirst : ISchedulingPolicy
{
    /// <inheritdoc/>
    public Decision Decide(FarmSnapshot view, DateTimeOffset now)
    {
        var ready = new ReadyTasks(view, now);
        var left = ready.Tasks.OrderByDescending(task => task.Work.PathTeraflops).ToList();
        var assignments = new List<Assignment>();
        foreach (var slot in ready.Idle.ToList())
        {
            var able = left.Where(task => task.Fits(slot)).ToList();
            if ((able.FirstOrDefault(task => slot.Resident.Holds(task.Part)) ?? able.FirstOrDefault()) is not { } best)
                continue;
            left.Remove(best);
            assignments.Add(ReadyTasks.Take(slot, best));
        }

        return Decision.Nothing with { Assign = assignments };
    }
}
