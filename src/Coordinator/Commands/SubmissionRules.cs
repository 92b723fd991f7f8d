using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Coordinator.Commands;

/// <summary>The rules for submissions. Clients check them beforehand with friendlier messages.</summary>
internal static class SubmissionRules
{
    /// <summary>Returns the first fault as a sentence; null when there is none.</summary>
    public static string? FindError(SubmitBatch batch, BlobStore blobs)
    {
        if (batch.ClientToken.Length is 0 or > SubmitBatch.MaxTokenLength)
            return $"client_token must have 1 to {SubmitBatch.MaxTokenLength} characters.";
        if (batch.Clips.Count is 0 or > BatchCsv.MaxRows)
            return $"A batch must have 1 to {BatchCsv.MaxRows} clips, not {batch.Clips.Count}.";
        if (batch.MaxFailed < 1)
            return $"max_failed is {batch.MaxFailed}; it must be at least 1.";
        if (ClipConstraintsRules.Weight(batch.Weight) is { } outside)
            return $"weight: {outside}";
        if (IndexOfNull(batch.Clips) is { } nothing)
            return $"clips[{nothing}] is null.";
        var rows = new HashSet<int>();
        var outputs = new OutputNames();
        foreach (var clip in batch.Clips)
        {
            if (clip.Row < 1)
                return $"Row {clip.Row} is below 1.";
            if (FindError(clip, blobs) is { } error)
                return $"Row {clip.Row}: {error}";
            if (!rows.Add(clip.Row))
                return $"Row {clip.Row} appears twice.";
            if (outputs.Reserve(clip.Output, $"row {clip.Row}") is { } taken)
                return $"Row {clip.Row}: output: {taken}";
        }

        return null;
    }

    private static string? FindError(SubmittedClip clip, BlobStore blobs)
    {
        if (IndexOfNull(clip.Settings.Images) is { } image)
            return $"images[{image}] is null.";
        if (IndexOfNull(clip.Settings.Videos) is { } video)
            return $"videos[{video}] is null.";
        if (IndexOfNull(clip.Settings.Adapters) is { } adapter)
            return $"adapters[{adapter}] is null.";
        if (RenderSettingsRules.Check(clip.Settings) is [var error, ..])
            return $"{error.Setting}: {error.Reason}";
        if (VideoEncoders.FindProblem(clip.Settings.Output.Encoder) is { } missing)
            return $"video_encoder: {missing}";
        if (OutputPath.Normalize(clip.Output, out var output, clip.Settings.Extension) is { } unusable)
            return $"output: {unusable}";
        if (output != clip.Output)
            return $"output: '{clip.Output}' must be written as '{output}'.";
        if (clip.Model is { } model && ClipConstraintsRules.Model(model) is { } unnamed)
            return $"model: {unnamed}";
        if (ClipConstraintsRules.Priority(clip.Constraints.Priority) is { } outside)
            return $"priority: {outside}";
        if (clip.Constraints.Deadline is { } deadline && ClipConstraintsRules.Deadline(deadline) is { } impossible)
            return $"deadline: {impossible}";
        if (clip.Constraints.Tag is { } tag && ClipConstraintsRules.Tag(tag) is { } unfit)
            return $"tag: {unfit}";
        return InputSettings.BlobsOf(clip.Settings).Select(input => FindError(input.Setting, input.Blob, blobs)).OfType<string>()
            .FirstOrDefault();
    }

    private static string? FindError(string setting, BlobRef blob, BlobStore blobs)
    {
        if (!BlobRef.IsDigest(blob.Digest))
            return $"{setting} '{blob.Digest}' is not a SHA-256 digest of 64 lower-case hexadecimal digits.";
        if (blobs.Find(blob.Digest) is not { } stored)
            return $"{setting} {blob.Digest} is not in the blob store; upload it first.";
        return stored.Length == blob.Length ? null : $"{setting} {blob.Digest} has {stored.Length} bytes, not {blob.Length}.";
    }

    /// <summary>Returns the index of a null element, which the types exclude but JSON allows; null when there is none.</summary>
    private static int? IndexOfNull<T>(IReadOnlyList<T> list)
        where T : class
    {
        for (var index = 0; index < list.Count; index++)
        {
            if (list[index] is null)
                return index;
        }

        return null;
    }
}
