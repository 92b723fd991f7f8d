using System.ComponentModel.DataAnnotations;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Shared.Renders;

/// <summary>A video file that a clip uses. Its properties determine the clip's plan and are therefore part of the settings.</summary>
/// <param name="Blob">The file.</param>
/// <param name="Width">Displayed width in pixels.</param>
/// <param name="Height">Displayed height in pixels.</param>
/// <param name="Frames">Number of frames.</param>
/// <param name="Fps">Frames per second.</param>
/// <param name="HasAudio">True when the file has an audio stream.</param>
public sealed record VideoFile(
    BlobRef Blob,
    [property: Range(1, VideoFile.MaxSide)] int Width,
    [property: Range(1, VideoFile.MaxSide)] int Height,
    [property: Range(1, VideoFile.MaxFrames)] int Frames,
    [property: Range(RenderSettingsRules.MinFps, VideoFile.MaxFps)] double Fps,
    bool HasAudio)
{
    /// <summary>Maximum width and height in pixels.</summary>
    public const int MaxSide = 16_384;

    /// <summary>Maximum number of frames; longer files are used up to this frame.</summary>
    public const int MaxFrames = 1_000_000;

    /// <summary>Maximum frame rate of a file: that of the fastest cameras' slow-motion files.</summary>
    public const double MaxFps = 1000;

    /// <summary>Number of frames, rounded down to 1 + 8k as the video VAE requires.</summary>
    /// <param name="limit">Maximum number of frames to use.</param>
    public int UsableFrames(int limit) => RoundDown(Math.Min(Frames, limit));

    /// <summary>Returns the largest 1 + 8k up to a number of frames.</summary>
    public static int RoundDown(int frames) => ((frames - 1) / LatentSize.TimeScale * LatentSize.TimeScale) + 1;
}
