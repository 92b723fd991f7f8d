using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;

namespace MlxVideo.Simulation.Policies;

/// <summary>A free worker takes the oldest task that it can hold, as in Flamenco and OpenCue.</summary>
public sealed class FirstComeByTask : ISchedulingPolicy
{
    /// <inheritdoc/>
    public Decision Decide(FarmSnapshot view, DateTimeOffset now)
    {
        var ready = new ReadyTasks(view, now);
        var taken = new HashSet<object>();
        var assignments = new List<Assignment>();
        foreach (var slot in ready.Idle.ToList())
        {
            if (ready.Tasks.FirstOrDefault(task => !taken.Contains(task) && task.Fits(slot)) is not { } oldest)
                continue;
            taken.Add(oldest);
            assignments.Add(ReadyTasks.Take(slot, oldest));
        }

        return Decision.Nothing with { Assign = assignments };
    }
}
