using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Shared.Renders;

/// <summary>Everything that determines one clip's frames and sound, apart from the model.</summary>
public sealed record RenderSettings
{
    /// <summary>What the clip shows.</summary>
    public required string Prompt { get; init; }

    /// <summary>What it should not show; only guided pipelines use it.</summary>
    public string NegativePrompt { get; init; } = "";

    /// <summary>The pipeline that makes the clip.</summary>
    public PipelineKind Pipeline { get; init; } = PipelineKind.Distilled;

    /// <summary>How guided pipelines sample; the distilled one has its own fixed steps.</summary>
    public GuidedSampling Guided { get; init; } = GuidedSampling.Official;

    /// <summary>Width of the clip in pixels; even, 64 to 4096.</summary>
    public int Width { get; init; } = 512;

    /// <summary>Height of the clip in pixels; even, 64 to 4096.</summary>
    public int Height { get; init; } = 512;

    /// <summary>Number of frames: 1 + 8k.</summary>
    public int NumFrames { get; init; } = 33;

    /// <summary>Frames per second.</summary>
    public double Fps { get; init; } = 24;

    /// <summary>Seed of all noise of the clip, at most <see cref="RenderSettingsRules.MaxSeed"/>.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Whether the clip has sound; needs a model that makes it, as all released ones do.</summary>
    public bool Audio { get; init; } = true;

    /// <summary>
    /// How strongly <see cref="Images"/> are compressed as video frames before use, 1 to 51; 0 leaves them as they are. The
    /// models were trained on video: a still that is too clean makes them render a still. 33 is official for LTX-2.0 to 2.3.
    /// </summary>
    public int ImageCrf { get; init; } = 33;

    /// <summary>Images that the clip must pass through, in the order they were given.</summary>
    public IReadOnlyList<ImageConditioning> Images { get; init; } = [];
}

/// <summary>An image that conditions a clip.</summary>
/// <param name="Image">The image file's content.</param>
/// <param name="Frame">The pixel frame it stands for; 0 replaces the first frame, any other adds a keyframe.</param>
/// <param name="Strength">1 keeps the image as it is, 0 ignores it.</param>
public sealed record ImageConditioning(BlobRef Image, int Frame = 0, double Strength = 1);

/// <summary>The pipelines that <see cref="StagePlanner"/> knows.</summary>
public enum PipelineKind
{
    /// <summary>Distilled checkpoint: 8 steps at half size, latent upsampling, 3 steps at full size.</summary>
    Distilled,

    /// <summary>Undistilled checkpoint: guided steps at full size, nothing after them. The predecessor calls it <c>dev</c>.</summary>
    OneStage,
}
