using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Placement;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Models;

namespace MlxVideo.Farm.Scheduling;

/// <summary>Explains to users why clips wait for a worker that is not in the farm; the scheduler does not use it.</summary>
public static class WaitingReasons
{
    private const string Paused = "The batch is paused; 'farm resume' continues it.";

    /// <summary>Returns a reason for each of a batch's open clips that no worker can finish, by row; one sentence each.</summary>
    /// <param name="estimated">Rows with an estimate, which workers can run.</param>
    public static IReadOnlyDictionary<int, string> Of(
        FarmSnapshot view, Batch batch, IEnumerable<int> estimated, SchedulingOptions options, DateTimeOffset now)
    {
        if (batch.IsPaused)
            return batch.Clips.Values.Where(clip => IsOpen(clip) && !IsRunning(clip)).ToDictionary(clip => clip.Row, _ => Paused);
        var reasons = new Dictionary<int, string>();
        var possible = estimated.ToHashSet();
        var open = batch.Clips.Values.Where(IsOpen).ToList();
        if (open.Count == 0)
            return reasons;
        var usable = view.OfUsableWorkers();
        var estimator = new Estimator(usable, options, now);
        var slots = usable.State.Workers.Values.Where(worker => !view.State.Drained.ContainsKey(worker.Id))
            .Select((worker, index) => new Slot(index, worker, view.Profiles.Of(worker))).ToList();
        var notCounted = NotCounted(view.State);
        var absences = new Absences(slots, estimator, view.WallClock(now));
        foreach (var clip in open)
        {
            var queued = new QueuedClip(batch, clip, Class: 0);
            if (possible.Contains(clip.Row))
            {
                if (absences.Describe(queued) is { } absence && !IsRunning(clip))
                    reasons[clip.Row] = absence;
            }
            else if (Reason(queued, slots, estimator) is { } reason)
                reasons[clip.Row] = $"{reason.TrimEnd('.')}{notCounted}.";
        }

        return reasons;
    }

    private static bool IsOpen(Clip clip) => clip.State is ClipState.Waiting or ClipState.Rendering;

    private static bool IsRunning(Clip clip) => clip.Stages.Values.Any(stage => !stage.Running.IsEmpty);

    /// <summary>Names the workers that are not considered, if any: one of them might have been able to run the clip.</summary>
    private static string NotCounted(FarmState state)
    {
        var unfit = state.Workers.Values.Where(worker => !worker.IsFit).Select(worker => worker.Name).ToList();
        var drained = state.Drained.Values.ToList();
        var parts = new List<string>();
        if (unfit.Count > 0)
            parts.Add($"{string.Join(", ", unfit)}, which failed the self-test; see 'farm status'");
        if (drained.Count > 0)
            parts.Add($"{string.Join(", ", drained)}, which {(drained.Count == 1 ? "is" : "are")} drained; see 'farm worker resume'");
        return parts.Count == 0 ? "" : $" (not counting {string.Join(", and ", parts)})";
    }

    private static string? Reason(QueuedClip clip, List<Slot> slots, Estimator estimator)
    {
        if (slots.Count == 0)
            return "No worker is in the farm.";
        if (clip.Clip.Constraints.Tag is { } tag && !slots.Exists(slot => slot.Worker.Capabilities.Tags.Contains(tag)))
            return $"No worker has the tag '{tag}'.";
        if ((clip.Binding?.Model ?? clip.Clip.Model ?? clip.Batch.Model) is { } model && !slots.Exists(slot => slot.Worker.Model == model))
            return $"No worker has the {(clip.Clip.Model is null ? "batch" : "row")}'s model, {ModelNames.Shorten(model)}.";
        if (clip.Binding is { } binding && !slots.Exists(slot => slot.Worker.Binding == binding))
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
