using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Placement;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Farm.Scheduling;

/// <summary>Explains to users why clips wait for a worker that is not in the farm; the scheduler does not use it.</summary>
public static class WaitingReasons
{
    /// <summary>Returns a reason for each of a batch's open clips that no worker can finish, by row; one sentence each.</summary>
    /// <param name="estimated">Rows with an estimate, which workers can run.</param>
    public static IReadOnlyDictionary<int, string> Of(
        FarmSnapshot view, Batch batch, IEnumerable<int> estimated, SchedulingOptions options, DateTimeOffset now)
    {
        var reasons = new Dictionary<int, string>();
        var possible = estimated.ToHashSet();
        var open = batch.Clips.Values.Where(IsOpen).Where(clip => !possible.Contains(clip.Row)).ToList();
        if (open.Count == 0)
            return reasons;
        var fit = view.OfFitWorkers();
        var estimator = new Estimator(fit, options, now);
        var slots = fit.State.Workers.Values.Select((worker, index) => new Slot(index, worker, view.Profiles.Of(worker))).ToList();
        var unfit = view.State.Workers.Values.Where(worker => !worker.IsFit).Select(worker => worker.Name).ToList();
        foreach (var clip in open)
        {
            if (Reason(new QueuedClip(batch, clip, Class: 0), slots, estimator) is { } reason)
                reasons[clip.Row] = WithUnfit(reason, unfit);
        }

        return reasons;
    }

    private static bool IsOpen(Clip clip) => clip.State is ClipState.Waiting or ClipState.Rendering;

    /// <summary>Adds the unfit workers, if any, to a reason: one of them might have been able to run the clip.</summary>
    private static string WithUnfit(string reason, IReadOnlyList<string> unfit) => unfit.Count == 0
        ? reason
        : $"{reason.TrimEnd('.')} (not counting {string.Join(", ", unfit)}, which failed the self-test; see 'farm status').";

    private static string? Reason(QueuedClip clip, List<Slot> slots, Estimator estimator)
    {
        if (slots.Count == 0)
            return "No worker is in the farm.";
        if (clip.Clip.Constraints.Tag is { } tag && !slots.Exists(slot => slot.Worker.Capabilities.Tags.Contains(tag)))
            return $"No worker has the tag '{tag}'.";
        if ((clip.Batch.Binding?.Model ?? clip.Batch.Model) is { } model && !slots.Exists(slot => slot.Worker.Model == model))
            return $"No worker has the batch's model, {ModelSelection.Shorten(model)}.";
        if (clip.Batch.Binding is { } binding && !slots.Exists(slot => slot.Worker.Binding == binding))
            return $"No worker has the batch's arithmetic, {binding.Arithmetic}.";
        foreach (var stage in clip.Clip.Plan.Stages)
        {
            var work = clip.Clip.Work[stage.Id];
            var isOver = clip.Clip.Stages[stage.Id].State == StageState.Done;
            if (isOver || work.Component is null || slots.Exists(slot => estimator.CanRun(slot, clip, work)))
                continue;
            var tagged = clip.Clip.Constraints.Tag is null ? "" : $" with the tag '{clip.Clip.Constraints.Tag}'";
            return $"No worker{tagged} has the memory and the weights for {stage.Id}.";
        }

        return null;
    }
}
