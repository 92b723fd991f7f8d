using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Farm.Decisions;

/// <summary>
/// Decides which stages of ended clips run again. Results of finished stages are kept if they are still stored. A repeated request changes
/// nothing, because the clip is open again.
/// </summary>
public static class RetryDecisions
{
    /// <summary>Opens a clip, or all failed and cancelled clips of a batch, again.</summary>
    /// <param name="row">The clip's row; null for all failed and cancelled clips.</param>
    /// <param name="stage">A stage that runs again together with those that depend on it; null for unfinished stages only.</param>
    /// <param name="isStored">True for a blob that the coordinator still has.</param>
    public static IReadOnlyList<IFarmEvent> Retry(
        FarmState state, string batchId, int? row, string? stage, Func<BlobRef, bool> isStored, DateTimeOffset now) =>
        state.Batches.TryGetValue(batchId, out var batch) && FindError(batch, row, stage, isStored) is null
            ? Ended(batch, row, stage).Where(clip => HasImages(clip, isStored))
                .Select(clip => new FarmEvents.ClipRetried(batchId, clip.Row, StagesOf(clip, stage, isStored), now)).ToList()
            : [];

    /// <summary>Returns why clips can't be retried, as one sentence; null when they can, or when they are open already.</summary>
    public static string? FindError(Batch batch, int? row, string? stage, Func<BlobRef, bool> isStored)
    {
        if (row is { } one)
            return batch.Clips.TryGetValue(one, out var clip)
                ? FindError(batch, clip, stage, isStored)
                : $"Batch {batch.Id} has no row {one}.";
        if (stage is not null)
            return $"The stage '{stage}' can only run again in one row: name the row.";
        var ended = Ended(batch, row, stage).ToList();
        if (ended.Count == 0)
            return batch.EndedAt is null ? null : $"Batch {batch.Id} has no failed or cancelled rows.";
        return ended.Exists(clip => HasImages(clip, isStored))
            ? null
            : $"The coordinator no longer has the images of the failed rows of batch {batch.Id}: submit these rows again.";
    }

    private static string? FindError(Batch batch, Clip clip, string? stage, Func<BlobRef, bool> isStored)
    {
        if (stage is not null && !clip.Stages.ContainsKey(stage))
            return $"Row {clip.Row} of batch {batch.Id} has no stage '{stage}'; its stages are "
                + $"{string.Join(", ", clip.Plan.Stages.Select(known => known.Id))}.";
        if (clip.IsOpen)
            return stage is not null && clip.Stages[stage].State == StageState.Done
                ? $"Row {clip.Row} of batch {batch.Id} is not finished: a finished stage can run again once the row has ended."
                : null;
        if (clip.State == ClipState.Finished && stage is null)
            return $"Row {clip.Row} of batch {batch.Id} is finished: name the stage that is to run again.";
        return HasImages(clip, isStored)
            ? null
            : $"The coordinator no longer has the images of row {clip.Row} of batch {batch.Id}: submit the row again.";
    }

    private static IEnumerable<Clip> Ended(Batch batch, int? row, string? stage) => batch.Clips.Values.Where(clip =>
        !clip.IsOpen && (row is null || clip.Row == row) && (stage is not null || clip.State != ClipState.Finished));

    private static bool HasImages(Clip clip, Func<BlobRef, bool> isStored) => clip.Plan.ExternalInputs.Values.All(isStored);

    /// <summary>
    /// Returns the stages that run again: unfinished ones, the named one with those behind it, and those whose results they lack.
    /// </summary>
    private static List<string> StagesOf(Clip clip, string? named, Func<BlobRef, bool> isStored)
    {
        var plan = clip.Plan.Stages;
        var runs = plan.Where(stage => clip.Stages[stage.Id].State != StageState.Done).Select(stage => stage.Id)
            .ToHashSet(StringComparer.Ordinal);
        var changed = plan.Where(stage => stage.Id == named).SelectMany(stage => stage.Outputs).ToHashSet(StringComparer.Ordinal);
        runs.UnionWith(plan.Where(stage => stage.Id == named).Select(stage => stage.Id));
        foreach (var stage in plan.Where(stage => stage.Inputs.Any(changed.Contains)))
        {
            runs.Add(stage.Id);
            changed.UnionWith(stage.Outputs);
        }

        foreach (var stage in plan.Reverse().Where(stage => runs.Contains(stage.Id)))
        {
            var lost = stage.Inputs.Where(input => !clip.Artefacts.TryGetValue(input, out var blob) || !isStored(blob)).ToList();
            runs.UnionWith(plan.Where(maker => maker.Outputs.Any(lost.Contains)).Select(maker => maker.Id));
        }

        return plan.Where(stage => runs.Contains(stage.Id)).Select(stage => stage.Id).ToList();
    }
}
