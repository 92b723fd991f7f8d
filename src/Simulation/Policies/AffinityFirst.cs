using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;

namespace MlxVideo.Simulation.Policies;

/// <summary>A free worker prefers stages with a resident component, and among them the stage with the longest chain behind it.</summary>
public sealed class AffinityFirst : ISchedulingPolicy
{
    /// <inheritdoc/>
    public Decision Decide(FarmSnapshot view, DateTimeOffset now)
    {
        var ready = new ReadyStages(view, now);
        var left = ready.Stages.OrderByDescending(stage => stage.Work.PathTeraOperations).ToList();
        var assignments = new List<Assignment>();
        foreach (var slot in ready.Idle.ToList())
        {
            var able = left.Where(stage => stage.Fits(slot)).ToList();
            if ((able.FirstOrDefault(stage => slot.Resident.Holds(stage.Component)) ?? able.FirstOrDefault()) is not { } best)
                continue;
            left.Remove(best);
            assignments.Add(ReadyStages.Take(slot, best));
        }

        return Decision.Nothing with { Assign = assignments };
    }
}
