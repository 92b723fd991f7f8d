using MlxVideo.Farm.Commands;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Placement;

/// <summary>
/// Chooses components for idle workers to load: those of stages that become ready when a running stage ends, if they fit in
/// memory alongside the loaded ones.
/// </summary>
internal sealed class Prefetching(IReadOnlyList<Slot> slots, Candidates candidates)
{
    /// <summary>Returns at most one component per idle worker.</summary>
    /// <param name="kept">Workers reserved for stages, with the components that these need.</param>
    public IReadOnlyList<Prefetch> Choose(IReadOnlyList<(Slot Slot, ModelComponent Component)> kept)
    {
        var next = kept.Where(keep => keep.Slot.Profile.Loading is null && keep.Slot.Worker.Offload is null
            && !keep.Slot.Profile.Resident.Holds(keep.Component))
            .Select(keep => new Prefetch(keep.Slot.Worker.Id, keep.Component)).ToList();
        var idle = slots.Where(slot => slot.IsIdle && slot.Profile.Loading is null && slot.Worker.Offload is null).ToList();
        if (idle.Count == 0)
            return next;
        var coming = Coming().DistinctBy(candidate => candidate.Component).ToList();
        return
        [
            .. next,
            .. from slot in idle
               let soon = coming.FirstOrDefault(candidate => HasRoomFor(slot, candidate.Component) && candidate.Fits(slot))
               where soon is not null
               select new Prefetch(slot.Worker.Id, soon.Component),
        ];
    }

    private static bool HasRoomFor(Slot slot, ModelComponent component) =>
        !slot.Resident.Holds(component) && !slot.Resident.EvictedBy(component, slot.Worker.Capabilities).Any();

    /// <summary>Returns the blocked stages with all missing inputs in production, in descending order of work.</summary>
    private IEnumerable<Candidate> Coming() =>
        (from slot in slots
         where slot.Worker.Current is not null
         let queued = candidates.ClipOf(slot.Worker.Current!.Address.Stage)
         where queued is not null
         let clip = queued.Clip
         from stage in clip.Plan.Stages
         where clip.Stages[stage.Id].State == StageState.Blocked && clip.Work[stage.Id].Component is not null
             && IsComing(clip, stage.Inputs)
         select candidates.Of(queued, stage))
        .OrderByDescending(candidate => candidate.Work.TeraOperations);

    private static bool IsComing(Clip clip, IReadOnlyList<string> inputs) => inputs.All(input =>
        clip.Artefacts.ContainsKey(input)
            || clip.Plan.Stages.Any(stage => clip.Stages[stage.Id].State == StageState.Running && stage.Outputs.Contains(input)));
}
