using MlxVideo.Shared.Api;
using MlxVideo.Shared.Farm;
using MlxVideo.Shared.Scheduling;
using MlxVideo.Shared.Scheduling.Placement;

namespace MlxVideo.Simulation.Policies;

/// <summary>What the other farms' policies have in common: ready tasks in clip order, free workers, and what they know of times.</summary>
internal sealed class ReadyTasks
{
    private static readonly SchedulingOptions Options = new();

    public ReadyTasks(FarmView view, DateTimeOffset now)
    {
        Estimator = new Estimator(view, Options, now);
        Slots = view.State.Workers.Values.Select(worker => new Slot(worker, view.Knowledge.Of(worker))).ToList();
        foreach (var slot in Slots.Where(slot => slot.Worker.Current is not null))
            slot.FreeIn = Estimator.RemainingSeconds(slot, slot.Worker.Current!.Address);
        Tasks = (from id in view.State.Open
                 let batch = view.State.Batches[id]
                 from order in batch.Ready.Concat(batch.Waiting).OrderBy(order => order.Row)
                 let clip = batch.Clips[order.Row]
                 from task in clip.Plan.Tasks
                 where clip.Stages[task.Id].State == StageState.Ready && clip.Work[task.Id].Part is not null
                 select new Candidate(batch, clip, task, clip.Work[task.Id])).ToList();
    }

    /// <summary>Times.</summary>
    public Estimator Estimator { get; }

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
