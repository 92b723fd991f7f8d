using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;

namespace MlxVideo.Simulation.Policies;

/// <summary>A free worker takes the oldest stage that it can hold, as in Flamenco and OpenCue.</summary>
public sealed class FirstComeByStage : ISchedulingPolicy
{
    /// <inheritdoc/>
    public Decision Decide(FarmSnapshot view, DateTimeOffset now)
    {
        var ready = new ReadyStages(view, now);
        var taken = new HashSet<object>();
        var assignments = new List<Assignment>();
        foreach (var slot in ready.Idle.ToList())
        {
            if (ready.Stages.FirstOrDefault(stage => !taken.Contains(stage) && stage.Fits(slot)) is not { } oldest)
                continue;
            taken.Add(oldest);
            assignments.Add(ReadyStages.Take(slot, oldest));
        }

        return Decision.Nothing with { Assign = assignments };
    }
}
