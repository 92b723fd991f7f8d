using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Placement;
using MlxVideo.Farm.Policies;

namespace MlxVideo.Simulation.Policies;

/// <summary>What the other farms' policies have in common: ready tasks in clip order, free workers, and what they know of times.</summary>
internal sealed class ReadyTasks
{
    private static readonly SchedulingOptions Options = new();

    public ReadyTasks(FarmSnapshot view, DateTimeOffset now)
    {
        var estimator = new Estimator(view, Options, now);
        Slots = FarmSlots.Of(view, estimator, Options, now);
        var candidates = new Candidates(view.State, Slots, new FarmTimes(Slots, estimator));
        Tasks = (from id in view.State.Open
                 let batch = view.State.Batches[id]
                 from order in batch.Ready.Concat(batch.Waiting).OrderBy(order => order.Row)
                 from task in candidates.ReadyOf(new QueuedClip(batch, batch.Clips[order.Row], order.Priority)).Reverse()
                 select task).ToList();
    }

    /// <summary>The workers.</summary>
    public IReadOnlyList<Slot> Slots { get; }

    /// <summary>Ready tasks by clip, then in plan order.</summary>
    public IReadOnlyList<Candidate> Tasks { get; }

    /// <summary>Workers that have nothing to do.</summary>
    public IEnumerable<Slot> Idle => Slots.Where(slot => slot.IsIdle);

    /// <summary>The task is given to the worker.</summary>
    public static Assignment Take(Slot slot, Candidate candidate)
    {
        slot.IsIdle = false;
        return new Assignment(candidate.Address, slot.Worker.Id);
    }
}
