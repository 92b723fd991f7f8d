using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Placement;
using MlxVideo.Farm.Policies;

namespace MlxVideo.Simulation.Policies;

/// <summary>The common input of the policies modelled on other farms: ready stages in clip order, workers, and estimated times.</summary>
internal sealed class ReadyStages
{
    private static readonly SchedulingOptions Options = new();

    public ReadyStages(FarmSnapshot view, DateTimeOffset now)
    {
        var estimator = new Estimator(view, Options, now);
        Slots = FarmSlots.Of(view, estimator, now);
        var candidates = new Candidates(view.State, Slots, new FarmTimes(Slots, estimator));
        Stages = (from id in view.State.Open
                  let batch = view.State.Batches[id]
                  from order in batch.Ready.Concat(batch.Waiting).OrderBy(order => order.Row)
                  from stage in candidates.ReadyOf(new QueuedClip(batch, batch.Clips[order.Row], order.Priority)).Reverse()
                  select stage).ToList();
    }

    public IReadOnlyList<Slot> Slots { get; }

    /// <summary>Ready stages by clip, then in plan order.</summary>
    public IReadOnlyList<Candidate> Stages { get; }

    public IEnumerable<Slot> Idle => Slots.Where(slot => slot.IsIdle);

    /// <summary>Assigns a stage to a worker, which is no longer idle.</summary>
    public static Assignment Take(Slot slot, Candidate candidate)
    {
        slot.IsIdle = false;
        return new Assignment(candidate.Address, slot.Worker.Id);
    }
}
