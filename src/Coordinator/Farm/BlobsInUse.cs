using MlxVideo.Farm.State;

namespace MlxVideo.Coordinator.Farm;

/// <summary>Finds the blobs that a farm's batches in memory need.</summary>
internal static class BlobsInUse
{
    /// <summary>Returns the digests of inputs and of existing artefacts of open and retriable clips, and of finished clips.</summary>
    public static IReadOnlySet<string> Of(FarmState state)
    {
        var digests = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (batch, clip) in state.Batches.Values.SelectMany(batch => batch.Clips.Values.Select(clip => (batch, clip))))
        {
            if (batch.Keeps(clip))
                digests.UnionWith(clip.Artefacts.Values.Select(blob => blob.Digest));
            else if (clip.Artefacts.TryGetValue(clip.Plan.Clip, out var finished))
                digests.Add(finished.Digest);
        }

        return digests;
    }
}
