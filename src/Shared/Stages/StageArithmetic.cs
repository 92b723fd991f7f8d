using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// Arithmetic of stages with the released LTX-2.0 models, from their shapes (docs/reference/transformer.md, section 9;
/// docs/reference/vae.md, section 11). Other models are faster or slower by a factor for each kind, which is learned; how time grows
/// with size is what counts here.
/// </summary>
public static class StageArithmetic
{
    private const double Tera = 1e12;

    // Gemma 3 12B over 1024 tokens, a multiplication and an addition for each weight.
    private const double PromptTeraflops = 2 * 11.8e9 * 1024 / Tera;

    // Weights that a video token goes through in one pass, and what attention costs for each pair of tokens: 48 blocks of 32 heads x 128.
    private const double OperationsPerToken = 2 * 13.6e9;
    private const double OperationsPerPair = 4 * 4096.0 * 48;

    // The same of a sound token in the stream half as wide, and of pairs with at least one: the streams attend to each other in both
    // directions at the width of sound.
    private const double OperationsPerAudioToken = 2 * 4.0e9;
    private const double OperationsPerAudioPair = OperationsPerPair / 2;
    private const double OperationsPerMixedPair = 2 * OperationsPerAudioPair;

    // Sound at usual sizes and rates is some per cent of the pictures, which learned rates hold: what is beyond that is counted.
    private const double UsualShareOfAudio = 0.1;

    // 30 TMAC for 121 frames of 512 x 768.
    private const double DecodePerPixelFrame = 2 * 30e12 / (121.0 * 512 * 768);
    private const double EncodePerPixel = DecodePerPixelFrame / 2;

    // A 3 x 3 x 3 convolution of 1024 channels; eight before the upsampling, eight at four times the cells after it.
    private const double ConvolutionPerCell = 2 * 27 * 1024.0 * 1024;
    private const double UpsamplePerCell = ConvolutionPerCell * (8 + (8 * 4));

    private const double AudioPerLatentFrame = 4e9;

    // x264 and the conversion of frames; no model computes here.
    private const double MuxPerPixelFrame = 2e4;

    /// <summary>Operations of a task, in 10¹².</summary>
    public static double Teraflops(StageTask task, RenderSettings settings)
    {
        var size = RenderSize.For(settings);
        var pixels = (double)size.Width * size.Height;
        return task switch
        {
            EncodePromptTask => PromptTeraflops,
            EncodeConditioningTask encode =>
                encode.Targets.Sum(target => (double)target.Width * target.Height) * encode.Images.Count * EncodePerPixel / Tera,
            DenoiseTask denoise => denoise.Steps * denoise.PassesOfStep * DenoisePass(TokensOf(denoise), AudioTokensOf(denoise)) / Tera,
            UpsampleTask => UpsamplePerCell * LatentSize.ForPixels(settings.NumFrames, size.Width / 2, size.Height / 2).Tokens / Tera,
            DecodeVideoTask decode => pixels * (decode.Tile.FrameStop - decode.Tile.FrameStart) * DecodePerPixelFrame / Tera,
            DecodeAudioTask => AudioLatentSize.FramesForVideo(settings.NumFrames, settings.Fps) * AudioPerLatentFrame / Tera,
            MuxTask => pixels * settings.NumFrames * MuxPerPixelFrame / Tera,
            _ => throw new ArgumentOutOfRangeException(nameof(task), task, "Unknown stage task."),
        };
    }

    /// <summary>Video tokens of a denoising stage, those of appended keyframes included.</summary>
    public static int TokensOf(DenoiseTask task)
    {
        var latent = LatentSize.ForPixels(task.NumFrames, task.Width, task.Height);
        return latent.Tokens + (task.Items.Count(item => item.Frame != 0) * latent.TokensPerFrame);
    }

    /// <summary>
    /// Sound tokens of a denoising stage: they follow from the clip's seconds, and outnumber those of the pictures at low frame rates.
    /// </summary>
    public static int AudioTokensOf(DenoiseTask task) =>
        task.AudioLatent is null ? 0 : AudioLatentSize.FramesForVideo(task.NumFrames, task.Fps);

    private static double DenoisePass(double video, double audio)
    {
        var pictures = (OperationsPerToken * video) + (OperationsPerPair * video * video);
        var sound = (OperationsPerAudioToken * audio) + (OperationsPerAudioPair * audio * audio) + (OperationsPerMixedPair * video * audio);
        return pictures + Math.Max(0, sound - (UsualShareOfAudio * pictures));
    }
}
