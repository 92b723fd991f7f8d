using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Placement;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Simulation.Policies;

/// <summary>
/// One worker renders all stages of a clip, provided that it can hold every component that the farm's workers have. Clips are either
/// assigned in turn beforehand, as in ComfyUI-Distributed, or taken by the first free worker.
/// </summary>
/// <param name="dealt">True to assign clips in turn beforehand.</param>
public sealed class ByClip(bool dealt) : ISchedulingPolicy
{
    /// <inheritdoc/>
    public Decision Decide(FarmSnapshot view, DateTimeOffset now)
    {
        var ready = new ReadyStages(view, now);
        var components = ready.Slots.SelectMany(slot => slot.Worker.Capabilities.Components).Select(size => size.Component).ToHashSet();
        var whole = ready.Slots.Where(slot => Holds(slot, components)).ToList();
        if (whole.Count == 0)
            return Decision.Nothing;
        var mine = Owners(view, whole);
        var assignments = new List<Assignment>();
        foreach (var stage in ready.Stages)
        {
            var key = (stage.Batch.Id, stage.Clip.Row);
            var slot = mine.TryGetValue(key, out var owner)
                ? whole.FirstOrDefault(slot => slot.Worker.Id == owner && slot.IsIdle)
                : whole.FirstOrDefault(slot => slot.IsIdle && !mine.ContainsValue(slot.Worker.Id));
            if (slot is null || !stage.Fits(slot))
                continue;
            mine[key] = slot.Worker.Id;
            assignments.Add(ReadyStages.Take(slot, stage));
        }

        return Decision.Nothing with { Assign = assignments };
    }

    /// <summary>
    /// Returns the owner of each clip: the worker in turn for a dealt clip, otherwise the worker that started it, while it is in the farm.
    /// </summary>
    private Dictionary<(string Batch, int Row), string> Owners(FarmSnapshot view, IReadOnlyList<Slot> whole)
    {
        var owners = new Dictionary<(string, int), string>();
        foreach (var batch in view.State.Open.Select(id => view.State.Batches[id]))
        {
            foreach (var order in dealt ? batch.Started.Concat(batch.Waiting) : batch.Started)
            {
                var clip = batch.Clips[order.Row];
                var owner = dealt ? whole[(order.Row - 1) % whole.Count].Worker.Id : OwnerOf(clip);
                if (owner is not null && whole.Any(slot => slot.Worker.Id == owner) && HasWorkLeft(clip))
                    owners[(batch.Id, clip.Row)] = owner;
            }
        }

        return owners;
    }

    private static string? OwnerOf(Clip clip) =>
        clip.Plan.Stages.Select(stage => clip.Stages[stage.Id].Last).Where(attempt => attempt is not null)
            .MinBy(attempt => attempt!.StartedAt)?.Worker;

    private static bool HasWorkLeft(Clip clip) =>
        clip.Work.Any(stage => stage.Value.Component is not null && clip.Stages[stage.Key].State != Shared.Batches.StageState.Done);

    private static bool Holds(Slot slot, IReadOnlySet<ModelComponent> components) =>
        components.All(component => slot.Worker.Capabilities.MinBytesOf(component) <= slot.Worker.Capabilities.WeightBytes);
}
