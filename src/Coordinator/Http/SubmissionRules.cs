using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Coordinator.Http;

/// <summary>What a submission must satisfy; clients check more kindly beforehand.</summary>
internal static class SubmissionRules
{
    private const int MaxTokenLength = 200;

    /// <summary>The first fault as a sentence, or null.</summary>
    public static string? FindFault(SubmitBatch batch, BlobStore blobs)
    {
        if (batch.ClientToken.Length is 0 or > MaxTokenLength)
            return $"client_token must have 1 to {MaxTokenLength} characters.";
        if (batch.Clips.Count is 0 or > BatchCsv.MaxRows)
            return $"A batch has 1 to {BatchCsv.MaxRows} clips, not {batch.Clips.Count}.";
        if (ClipWishesRules.Weight(batch.Weight) is { } outside)
            return $"weight: {outside}";
        var rows = new HashSet<int>();
        var outputs = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var clip in batch.Clips)
        {
            if (FindFault(clip, blobs) is { } fault)
                return $"Row {clip.Row}: {fault}";
            if (!rows.Add(clip.Row))
                return $"Row {clip.Row} is there twice.";
            if (!outputs.Add(clip.Output))
                return $"Row {clip.Row}: output '{clip.Output}' belongs to another row.";
        }

        return null;
    }

    private static string? FindFault(SubmittedClip clip, BlobStore blobs)
    {
        if (RenderSettingsRules.Check(clip.Settings) is [var fault, ..])
            return $"{fault.Setting}: {fault.Reason}";
        if (ClipWishesRules.Priority(clip.Wishes.Priority) is { } outside)
            return $"priority: {outside}";
        if (clip.Wishes.Tag is { } tag && ClipWishesRules.Tag(tag) is { } unfit)
            return $"tag: {unfit}";
        var missing = clip.Settings.Images.Select(image => image.Image.Digest).FirstOrDefault(digest => !BlobRef.IsDigest(digest) || blobs.Find(digest) is null);
        return missing is null ? null : $"image {missing} is not in the blob store; send it first.";
    }
}
