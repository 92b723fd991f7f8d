using System.ComponentModel.DataAnnotations;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Shared.Renders;

/// <summary>Everything that determines a clip's video and audio, apart from the model.</summary>
public sealed record RenderSettings
{
    /// <summary>Description of the clip.</summary>
    [Length(1, RenderSettingsRules.MaxPromptLength)]
    public required string Prompt { get; init; }

    /// <summary>Rewriting of <see cref="Prompt"/>; null to use it as written.</summary>
    public PromptEnhancement? Enhancement { get; init; }

    /// <summary>
    /// Description of content to avoid; null for <see cref="NegativePrompts.Official"/>. Only guided pipelines use it.
    /// </summary>
    [Length(0, RenderSettingsRules.MaxPromptLength)]
    public string? NegativePrompt { get; init; }

    /// <summary>The pipeline; it must suit the model.</summary>
    public PipelineKind Pipeline { get; init; } = PipelineKind.Distilled;

    /// <summary>Sampling of guided pipelines; the distilled pipeline has fixed steps.</summary>
    public GuidedSampling Guided { get; init; } = GuidedSampling.Official;

    /// <summary>Width in pixels; even, 64 to 4096.</summary>
    [Range(RenderSettingsRules.MinSize, RenderSettingsRules.MaxSize)]
    public int Width { get; init; } = 512;

    /// <summary>Height in pixels; even, 64 to 4096.</summary>
    [Range(RenderSettingsRules.MinSize, RenderSettingsRules.MaxSize)]
    public int Height { get; init; } = 512;

    /// <summary>Number of frames: 1 + 8k.</summary>
    [Range(1, RenderSettingsRules.MaxFrames)]
    public int NumFrames { get; init; } = 33;

    /// <summary>Frames per second.</summary>
    [Range(RenderSettingsRules.MinFps, RenderSettingsRules.MaxFps)]
    public double Fps { get; init; } = 24;

    /// <summary>Seed of all the clip's noise: 0 to 4294967295.</summary>
    [Range(0, RenderSettingsRules.MaxSeed)]
    public long Seed { get; init; } = 42;

    /// <summary>True when the clip has audio, which requires a model that generates it; all released models do.</summary>
    public bool Audio { get; init; } = true;

    /// <summary>
    /// Constant rate factor, 1 to 51, at which <see cref="Images"/> are compressed as video frames before use; 0 disables compression. The
    /// models were trained on video: an image that is too clean makes them render a still. 33 is the official value for LTX-2.0 to 2.3.
    /// </summary>
    [Range(0, RenderSettingsRules.MaxImageCrf)]
    public int ImageCrf { get; init; } = 33;

    /// <summary>Conditioning images, in the order given.</summary>
    [Length(0, RenderSettingsRules.MaxImages)]
    public IReadOnlyList<ImageConditioning> Images { get; init; } = [];
}

/// <summary>A conditioning image of a clip.</summary>
/// <param name="Image">The image file.</param>
/// <param name="Frame">Pixel frame that it conditions: 0 replaces the first frame, any other adds a keyframe.</param>
/// <param name="Strength">1 keeps the image unchanged, 0 ignores it.</param>
public sealed record ImageConditioning(
    BlobRef Image, [property: Range(0, RenderSettingsRules.MaxFrames - 1)] int Frame = 0, [property: Range(0.0, 1)] double Strength = 1);

/// <summary>Pipelines, each with its own plan of stages.</summary>
public enum PipelineKind
{
    /// <summary>Distilled checkpoint: 8 denoise steps at half size, latent upsampling, 3 denoise steps at full size.</summary>
    Distilled,

    /// <summary>Undistilled checkpoint: guided denoise steps at full size in a single pass. The predecessor calls it <c>dev</c>.</summary>
    OneStage,
}
