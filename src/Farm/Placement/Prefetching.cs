using MlxVideo.Farm.Commands;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Placement;

/// <summary>
/// What workers that have nothing to do load meanwhile: the parts of tasks that will be ready when a running task ends,
/// where there is room for them beside what is loaded.
/// </summary>
internal sealed class Prefetching(IReadOnlyList<Slot> slots, Candidates candidates)
{
    /// <summary>At most one part for each free worker.</summary>
    /// <param name="kept">Workers that are kept for tasks which need these parts.</param>
    public IReadOnlyList<Prefetch> Choose(IReadOnlyList<(Slot Slot, ModelPart Part)> kept)
    {
        var next = kept.Where(keep => keep.Slot.Known.Loading is null && keep.Slot.Worker.Helps is null
            && !keep.Slot.Known.Resident.Holds(keep.Part)).Select(keep => new Prefetch(keep.Slot.Worker.Id, keep.Part)).ToList();
        var idle = slots.Where(slot => slot.IsIdle && slot.Known.Loading is null && slot.Worker.Helps is null).ToList();
        if (idle.Count == 0)
            return next;
        var coming = Coming().DistinctBy(candidate => candidate.Part).ToList();
        return
        [
            .. next,
            .. from slot in idle
               let soon = coming.FirstOrDefault(candidate => HasRoomFor(slot, candidate.Part) && candidate.Fits(slot))
               where soon is not null
               select new Prefetch(slot.Worker.Id, soon.Part),
        ];
    }

    private static bool HasRoomFor(Slot slot, ModelPart part) =>
        !slot.Resident.Holds(part) && !slot.Resident.EvictedBy(part, slot.Worker.Capabilities).Any();

    /// <summary>Blocked tasks all of whose missing inputs are being made, those of the largest work first.</summary>
    private IEnumerable<Candidate> Coming() =>
        (from slot in slots
         where slot.Worker.Current is not null
         let queued = candidates.ClipOf(slot.Worker.Current!.Address.Task)
         where queued is not null
         let clip = queued.Clip
         from task in clip.Plan.Tasks
         where clip.Stages[task.Id].State == StageState.Blocked && clip.Work[task.Id].Part is not null && IsComing(clip, task.Inputs)
         select candidates.Of(queued, task))
        .OrderByDescending(candidate => candidate.Work.Teraflops);

    private static bool IsComing(Clip clip, IReadOnlyList<string> inputs) => inputs.All(input =>
        clip.Artefacts.ContainsKey(input)
            || clip.Plan.Tasks.Any(task => clip.Stages[task.Id].State == StageState.Running && task.Outputs.Contains(input)));
}
