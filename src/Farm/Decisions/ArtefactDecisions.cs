using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Decisions;

/// <summary>
/// Decides the consequences of blobs that are missing or damaged in the coordinator's store. No worker is charged with them.
/// </summary>
public static class ArtefactDecisions
{
    /// <summary>How often an artefact may be lost before its clip fails.</summary>
    public const int MaxLosses = 3;

    /// <summary>Returns the existing ones among the named artefacts of a stage's clip.</summary>
    public static IReadOnlyList<NamedBlob> Find(FarmState state, StageAddress stage, IEnumerable<string> names) =>
        state.ClipOf(stage) is { } clip
            ? names.Where(clip.Artefacts.ContainsKey).Select(name => new NamedBlob(name, clip.Artefacts[name])).ToList()
            : [];

    /// <summary>
    /// Loses an artefact, also for the other open clips that use the same blob. It is computed again where a stage still needs it; a lost
    /// image, or an artefact that was lost too often, fails the clip.
    /// </summary>
    public static IReadOnlyList<IFarmEvent> Lose(FarmState state, StageAddress stage, string name, DateTimeOffset now) =>
        state.ClipOf(stage)?.Artefacts.GetValueOrDefault(name) is { } blob
            ? (from id in state.Open
               let batch = state.Batches[id]
               from clip in batch.Clips.Values
               where clip.IsOpen
               from happened in LoseBlob(batch, clip, blob, now)
               select happened).ToList()
            : [];

    private static IReadOnlyList<IFarmEvent> LoseBlob(Batch batch, Clip clip, BlobRef blob, DateTimeOffset now)
    {
        var lost = clip.Artefacts.Where(artefact => artefact.Value.Digest == blob.Digest && IsNeeded(clip, artefact.Key))
            .Select(artefact => artefact.Key).Order(StringComparer.Ordinal).ToList();
        var error = lost.Select(name => FindError(clip, name)).FirstOrDefault(error => error is not null);
        return error is null
            ? lost.Select(name => new FarmEvents.ArtefactLost(batch.Id, clip.Row, name, now)).ToList()
            : FarmDecisions.FailClip(batch, clip.Row, error, now);
    }

    /// <summary>True when a stage that reads the artefact is not done; it may run now, and be retried later.</summary>
    private static bool IsNeeded(Clip clip, string name) =>
        clip.Plan.Stages.Any(stage => stage.Inputs.Contains(name) && clip.Stages[stage.Id].State != StageState.Done);

    /// <summary>Returns why the clip can't go on without an artefact; null when it can be computed again.</summary>
    private static string? FindError(Clip clip, string name)
    {
        if (clip.Plan.ExternalInputs.ContainsKey(name))
            return $"The coordinator's copy of '{name}' is missing or damaged: submit the row again.";
        return clip.Losses.GetValueOrDefault(name) >= MaxLosses
            ? $"'{name}' was lost from the coordinator's blob store {MaxLosses + 1} times: check the disk that holds it."
            : null;
    }
}
