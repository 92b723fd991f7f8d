using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
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

    /// <summary>
    /// Number of frames, 1 + 8k, that are denoised at once: a longer clip is rendered in parts, each of which continues the previous one.
    /// Null to render the clip at once.
    /// </summary>
    [Range(RenderSettingsRules.MinPartFrames, RenderSettingsRules.MaxFrames)]
    public int? PartFrames { get; init; }

    /// <summary>
    /// Number of frames, 1 + 8k, at the end of a part with which the next one starts; less than <see cref="PartFrames"/>.
    /// </summary>
    [Range(RenderSettingsRules.MinOverlapFrames, RenderSettingsRules.MaxFrames)]
    public int OverlapFrames { get; init; } = RenderSettingsRules.DefaultOverlapFrames;

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

    /// <summary>How <see cref="Images"/> condition the clip.</summary>
    public ConditioningMode ImageMode { get; init; }

    /// <summary>Conditioning videos, in the order given.</summary>
    [Length(0, RenderSettingsRules.MaxVideos)]
    public IReadOnlyList<VideoConditioning> Videos { get; init; } = [];

    /// <summary>Strength of the attention between the clip and its reference videos, 0 to 1.</summary>
    [Range(0.0, 1)]
    public double ReferenceAttention { get; init; } = 1;

    /// <summary>
    /// Greyscale video or image that multiplies <see cref="ReferenceAttention"/> per position of the reference videos: white keeps it,
    /// black ignores the reference. Null for a uniform strength.
    /// </summary>
    public VideoFile? ReferenceMask { get; init; }

    /// <summary>True to end an in-context clip after denoise pass 1, at half of its width and height.</summary>
    public bool SkipPass2 { get; init; }

    /// <summary>Adapters, in the order given.</summary>
    [Length(0, RenderSettingsRules.MaxAdapters)]
    public IReadOnlyList<ClipAdapter> Adapters { get; init; } = [];

    /// <summary>The video that a retake, an extension or an upscaling starts from; null for other pipelines.</summary>
    public VideoFile? Source { get; init; }

    /// <summary>The interval of <see cref="Source"/> that a retake regenerates.</summary>
    public TimeInterval? Interval { get; init; }

    /// <summary>False when a retake keeps the video and regenerates only the audio.</summary>
    public bool RegenerateVideo { get; init; } = true;

    /// <summary>False when a retake keeps the audio and regenerates only the video.</summary>
    public bool RegenerateAudio { get; init; } = true;

    /// <summary>True when an extension precedes <see cref="Source"/> instead of following it.</summary>
    public bool ExtendBackwards { get; init; }

    /// <summary>The audio that a video is rendered for.</summary>
    public SoundFile? Soundtrack { get; init; }

    /// <summary>
    /// True when a retake, an extension or audio alone is sampled like the distilled pipeline; false for guided sampling of an undistilled
    /// model.
    /// </summary>
    public bool DistilledSampling { get; init; } = true;

    /// <summary>Sampler of guided denoise passes; null for the pipeline's own.</summary>
    public SamplerKind? Sampler { get; init; }

    /// <summary>The sampler after defaults.</summary>
    [JsonIgnore]
    public SamplerKind EffectiveSampler => Sampler ?? (Pipeline == PipelineKind.TwoStageHq ? SamplerKind.Res2s : SamplerKind.Euler);

    /// <summary>File extension of the clip, with the leading period.</summary>
    [JsonIgnore]
    public string Extension => Pipeline == PipelineKind.TextToAudio ? ".wav" : VideoEncoders.ExtensionOf(Output.Encoder);

    /// <summary>True when denoise pass 1 is guided.</summary>
    [JsonIgnore]
    public bool IsGuided => Pipeline switch
    {
        PipelineKind.Distilled or PipelineKind.IcLora or PipelineKind.Upscale => false,
        PipelineKind.Retake or PipelineKind.Extend or PipelineKind.TextToAudio => !DistilledSampling,
        _ => true,
    };

    /// <summary>Number of steps in denoise pass 1 of distilled sampling, 1 to 8; null for all.</summary>
    [Range(1, RenderSettingsRules.MaxPass1Steps)]
    public int? Pass1Steps { get; init; }

    /// <summary>Number of steps in denoise pass 2, 1 to 3; null for all.</summary>
    [Range(1, RenderSettingsRules.MaxPass2Steps)]
    public int? Pass2Steps { get; init; }

    /// <summary>Selection of noise levels when a pass has fewer steps than its table.</summary>
    public SubsamplingRule SigmaSubsampling { get; init; }

    /// <summary>Division of the latent for decoding.</summary>
    public TilingMode Tiling { get; init; } = TilingMode.Auto;

    /// <summary>Encoding of the frames and the audio.</summary>
    public OutputSettings Output { get; init; } = OutputSettings.Default;
}

/// <summary>A conditioning image of a clip.</summary>
/// <param name="Image">The image file.</param>
/// <param name="Frame">Pixel frame that it conditions: 0 replaces the first frame, any other adds a keyframe.</param>
/// <param name="Strength">1 keeps the image unchanged, 0 ignores it.</param>
public sealed record ImageConditioning(
    BlobRef Image, [property: Range(0, RenderSettingsRules.MaxFrames - 1)] int Frame = 0, [property: Range(0.0, 1)] double Strength = 1);
