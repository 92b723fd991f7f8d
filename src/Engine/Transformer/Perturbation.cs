using MlxVideo.Engine.Layers;

namespace MlxVideo.Engine.Transformer;

/// <summary>A layer of a block that guidance may skip.</summary>
public enum SkippedLayer
{
    /// <summary>Self-attention of the video stream, replaced by its values.</summary>
    VideoSelfAttention,

    /// <summary>Self-attention of the audio stream, replaced by its values.</summary>
    AudioSelfAttention,

    /// <summary>Contribution of audio to video, omitted.</summary>
    AudioToVideo,

    /// <summary>Contribution of video to audio, omitted.</summary>
    VideoToAudio,
}

/// <summary>
/// Skips a layer in some blocks for some samples, for a weaker prediction to guide away from (docs/reference/transformer.md, fact 18).
/// </summary>
/// <param name="Blocks">Affected blocks; null for all.</param>
/// <param name="Samples">Affected samples of the batch dimension; null for all.</param>
public sealed record Perturbation(SkippedLayer Layer, IReadOnlySet<int>? Blocks = null, IReadOnlySet<int>? Samples = null)
{
    /// <summary>Skips both directions of the cross-modal attention in all blocks for all samples.</summary>
    public static IReadOnlyList<Perturbation> IsolatedModalities { get; } =
        [new(SkippedLayer.AudioToVideo), new(SkippedLayer.VideoToAudio)];

    /// <summary>Returns the samples that skip a layer in a block; null when none does.</summary>
    internal static SkippedSamples? Of(IReadOnlyList<Perturbation> perturbations, SkippedLayer layer, int block, long batch)
    {
        var matching = perturbations.Where(perturbation => perturbation.Layer == layer && perturbation.Blocks?.Contains(block) != false)
            .ToList();
        if (matching.Count == 0)
            return null;
        var flags = Enumerable.Range(0, (int)batch)
            .Select(sample => matching.Any(perturbation => perturbation.Samples?.Contains(sample) != false)).ToArray();
        return flags.Any(flag => flag) ? new SkippedSamples(flags) : null;
    }
}
