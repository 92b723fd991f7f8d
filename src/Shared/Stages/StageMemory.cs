using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// The memory plan of stages: how many elements are alive at a task's peak beside the weights. The engine refuses what
/// does not fit by the same numbers before it loads anything, so the scheduler's choice and the engine's answer agree.
/// </summary>
public static class StageMemory
{
    /// <summary>Attention scores are computed in chunks of at most so many (float32 in either kernel): 2^28 scores are 1 GiB.</summary>
    private const double MaxScores = 1L << 28;

    private const double Bfloat16PerFloat32 = 2;

    // Tokens of a prompt, Gemma's width, and its hidden states, which are summed as they come.
    private const double PromptElements = 1024 * 3840.0 * 24;

    // Hidden state, normed copy, queries, keys, values, output, and the four times wider feed-forward, twice.
    private const double TransformerWidth = 4096;
    private const double AudioWidth = TransformerWidth / 2;
    private const double TransformerCopies = 16;
    private const double Heads = 32;

    // The last stage of the decoder has 128 channels at a quarter of the picture's sides; input, norm, padded copy and output are alive.
    private const double DecoderElementsPerPixelFrame = 128.0 / 16 * 4;

    private const double UpsamplerWidth = 1024;
    private const double UpsamplerCopies = 4;
    private const double AudioElementsPerLatentFrame = 4.0 * 512 * 1024;

    /// <summary>Elements of a task's activations at its peak, in the compute type.</summary>
    public static double ActivationElements(StageTask task, RenderSettings settings)
    {
        var size = RenderSize.For(settings);
        var pixels = (double)size.Width * size.Height;
        return task switch
        {
            EncodePromptTask => PromptElements,
            EncodeConditioningTask => pixels * DecoderElementsPerPixelFrame,
            DenoiseTask denoise => Denoise(StageArithmetic.TokensOf(denoise), StageArithmetic.AudioTokensOf(denoise)),
            UpsampleTask => LatentSize.ForPixels(settings.NumFrames, size.Width, size.Height).Tokens * UpsamplerWidth * UpsamplerCopies,
            DecodeVideoTask decode => pixels * (decode.Tile.FrameStop - decode.Tile.FrameStart) * DecoderElementsPerPixelFrame,
            DecodeAudioTask => AudioLatentSize.FramesForVideo(settings.NumFrames, settings.Fps) * AudioElementsPerLatentFrame,
            MuxTask => 0,
            _ => throw new ArgumentOutOfRangeException(nameof(task), task, "Unknown stage task."),
        };
    }

    private static double Denoise(double video, double audio) =>
        (((video * TransformerWidth) + (audio * AudioWidth)) * TransformerCopies)
        + (Math.Min(MaxScores, Heads * Math.Pow(Math.Max(video, audio), 2)) * Bfloat16PerFloat32);
}
