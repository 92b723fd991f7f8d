using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>A subcommand of <c>generate</c>: a pipeline with its official size and length.</summary>
/// <param name="Name">Name of the official pipeline's command.</param>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Width">Official width in pixels.</param>
/// <param name="Height">Official height in pixels.</param>
/// <param name="Description">Description for the help.</param>
internal sealed record Preset(string Name, PipelineKind Pipeline, int Width, int Height, string Description)
{
    private const int OfficialFrames = 121;

    /// <summary>The presets, in the order of the help.</summary>
    public static IReadOnlyList<Preset> All { get; } =
    [
        new("distilled", PipelineKind.Distilled, 1536, 1024, "Few steps with a distilled model, in two passes."),
        new("ti2vid-one-stage", PipelineKind.OneStage, 768, 512, "Guided steps at full size."),
        new("ti2vid-two-stages", PipelineKind.TwoStage, 1536, 1024, "Guided steps at half size, refined at full size."),
        new("ti2vid-two-stages-hq", PipelineKind.TwoStageHq, 1920, 1088, "The same with fewer steps of the second-order sampler."),
        new("keyframe-interpolation", PipelineKind.Keyframes, 1536, 1024, "Motion between given images."),
        new("ic-lora", PipelineKind.IcLora, 1536, 1024, "A video that follows reference videos, by an IC-LoRA adapter."),
        new("a2vid", PipelineKind.AudioToVideo, 1536, 1024, "A video for a given audio."),
        new("retake", PipelineKind.Retake, 768, 512, "An interval of a given video, rendered anew."),
        new("extend", PipelineKind.Extend, 768, 512, "The continuation of a given video."),
    ];

    /// <summary>Default settings of the subcommand.</summary>
    public RenderSettings Defaults =>
        new() { Prompt = "", Pipeline = Pipeline, Width = Width, Height = Height, NumFrames = OfficialFrames };
}
