using MlxVideo.Engine.Layers;

namespace MlxVideo.Engine.Transformer;

/// <summary>A layer of a block that guidance may skip.</summary>
public enum SkippedLayer
{
    /// <summary>Self-attention of the video stream: its values take its place.</summary>
    VideoSelfAttention,

    /// <summary>Self-attention of the audio stream: its values take its place.</summary>
    AudioSelfAttention,

    /// <summary>What video takes from audio: nothing is added.</summary>
    AudioToVideo,

    /// <summary>What audio takes from video: nothing is added.</summary>
    VideoToAudio,
}

/// <summary>
/// Skips a layer in some blocks for some samples: weaker predictions to guide away from (docs/reference/transformer.md, fact 18).
/// </summary>
/// <param name="Layer">What is skipped.</param>
/// <param name="Blocks">In which blocks; null for every one.</param>
/// <param name="Samples">For which samples of the batch; null for every one.</param>
public sealed record Perturbation(SkippedLayer Layer, IReadOnlySet<int>? Blocks = null, IReadOnlySet<int>? Samples = null)
{
    /// <summary>Both directions between the modalities, everywhere.</summary>
    public static IReadOnlyList<Perturbation> IsolatedModalities { get; } =
        [new(SkippedLayer.AudioToVideo), new(SkippedLayer.VideoToAudio)];

    /// <summary>The samples that skip a layer in a block; null when none does.</summary>
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
