namespace MlxVideo.Shared.Renders;

/// <summary>
/// Defaults of the official pipelines for undistilled models (golden/schedule: <c>official_params</c>).
/// </summary>
/// <param name="Width">Width of denoise pass 1 in pixels.</param>
/// <param name="Height">Height of denoise pass 1 in pixels.</param>
/// <param name="NumFrames">Pixel frames.</param>
/// <param name="Steps">Steps of denoise pass 1.</param>
/// <param name="Video">Guidance of the video stream.</param>
/// <param name="Audio">Guidance of the audio stream.</param>
public sealed record PipelineDefaults(
    int Width, int Height, int NumFrames, double Fps, int Steps, GuidanceSettings Video, GuidanceSettings Audio)
{
    /// <summary>LTX-2.0.</summary>
    public static PipelineDefaults Ltx20 { get; } =
        new(768, 512, 121, 24, GuidedSampling.Official.Steps, Guided(GuidedSampling.Official.Video, 29),
            Guided(GuidedSampling.Official.Audio, 29));

    /// <summary>LTX-2.3.</summary>
    public static PipelineDefaults Ltx23 { get; } =
        new(768, 512, 121, 24, 30, Guided(GuidedSampling.Official.Video, 28), Guided(GuidedSampling.Official.Audio, 28));

    /// <summary>High-quality pipeline of LTX-2.3: fewer steps with the second-order sampler, no perturbed evaluation.</summary>
    public static PipelineDefaults Ltx23HighQuality { get; } = new(
        960,
        544,
        121,
        24,
        15,
        new GuidanceSettings { CfgScale = 3, ModalityScale = 3, RescaleScale = 0.45 },
        new GuidanceSettings { CfgScale = 7, ModalityScale = 3, RescaleScale = 1 });

    /// <summary>Returns the defaults of a model version, such as <c>2.3.0</c>.</summary>
    public static PipelineDefaults Of(string modelVersion) => modelVersion.StartsWith("2.0", StringComparison.Ordinal) ? Ltx20 : Ltx23;

    private static GuidanceSettings Guided(GuidanceSettings official, int block) => official with { StgBlocks = [block] };
}
