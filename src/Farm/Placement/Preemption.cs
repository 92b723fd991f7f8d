using MlxVideo.Farm.State;

namespace MlxVideo.Farm.Placement;

/// <summary>
/// Preempts running attempts for clips that request it. Stops only attempts of lower classes, in order of the lowest class and
/// then of the latest start, and only when no worker is idle for the stage.
/// </summary>
internal sealed class Preemption(FarmState state, IReadOnlyList<Slot> slots, Candidates candidates, StagePlacement placement)
{
    /// <summary>
    /// Stops attempts and assigns their workers to the preempting stages. A stage for which a worker is idle takes its turn with
    /// all others, because clips of higher classes may want that worker too.
    /// </summary>
    /// <returns>The workers with stopped attempts.</returns>
    public IReadOnlySet<Slot> Make(ClipQueue queue)
    {
        var stopped = new HashSet<Slot>();
        var free = slots.Where(slot => slot.IsIdle).ToHashSet();
        var keys = new HashSet<int>();
        while (queue.NextClass() is { } priority)
        {
            var clips = queue.TakeBegun(priority).ToList();
            while (queue.TakeWaiting(priority) is { Clip.Constraints.Preempts: true } waiting)
                clips.Add(waiting);
            foreach (var candidate in clips.Where(clip => clip.Clip.Constraints.Preempts).SelectMany(candidates.ReadyOf))
            {
                var able = slots.Where(slot => placement.CanRun(slot, candidate)).ToList();
                if (able.Count == 0 || !keys.Add(candidate.KeyNumber) || able.Any(free.Remove)
                    || Victim(able, candidate.Clip.Constraints.Priority) is not { } victim)
                    continue;
                stopped.Add(victim);
                placement.TakeBack(victim);
                placement.Assign(victim, candidate);
            }
        }

        return stopped;
    }

    private Slot? Victim(IEnumerable<Slot> able, int priority) => able
        .Where(slot => slot.Worker.Current is not null && !placement.Placed.Any(placed => placed.Slot == slot))
        .Select(slot => (Slot: slot, Priority: state.ClipOf(slot.Worker.Current!.Address.Stage)!.Constraints.Priority))
        .Where(running => running.Priority < priority)
        .OrderBy(running => running.Priority).ThenByDescending(running => running.Slot.Worker.Current!.StartedAt)
        .Select(running => running.Slot).FirstOrDefault();
}
