namespace MlxVideo.Shared.Renders;

/// <summary>Pipelines, each with its own plan of stages (docs/pipelines.md).</summary>
public enum PipelineKind
{
    /// <summary>Distilled checkpoint: 8 denoise steps at half size, latent upsampling, 3 denoise steps at full size.</summary>
    Distilled,

    /// <summary>Undistilled checkpoint: guided denoise steps at full size in a single pass. The predecessor calls it <c>dev</c>.</summary>
    OneStage,

    /// <summary>
    /// Undistilled checkpoint with a distilled adapter: guided denoise steps at half size, latent upsampling, 3 denoise steps at full size.
    /// </summary>
    TwoStage,

    /// <summary><see cref="TwoStage"/> with the second-order sampler, fewer steps, and the distilled adapter in both passes.</summary>
    TwoStageHq,

    /// <summary><see cref="TwoStage"/> in which every image, including one at frame 0, adds a keyframe.</summary>
    Keyframes,

    /// <summary><see cref="Distilled"/> with reference videos, which an in-context adapter makes pass 1 follow.</summary>
    IcLora,

    /// <summary><see cref="TwoStage"/> that renders the video of given audio.</summary>
    AudioToVideo,

    /// <summary>Regenerates an interval of a video, in a single pass at its size.</summary>
    Retake,

    /// <summary>Continues a video after its end or before its start, in a single pass at its size.</summary>
    Extend,

    /// <summary>Enlarges a video or an image to 2 or 1.5 times the size with a latent upsampler; no denoise pass.</summary>
    Upscale,

    /// <summary>Audio alone, as a WAV file, in a single pass.</summary>
    TextToAudio,
}
