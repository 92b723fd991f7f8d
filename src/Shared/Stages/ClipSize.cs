using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>The size of a clip as rendered, by which the cost of its stages grows.</summary>
/// <param name="settings">The clip's settings.</param>
public sealed class ClipSize(RenderSettings settings)
{
    /// <summary>Bytes of a video token's 128 channels, in float32 as latents are stored.</summary>
    public const double LatentBytesPerToken = 128 * 4;

    private readonly RenderSize _size = RenderSize.For(settings);

    /// <summary>Pixels of a frame.</summary>
    public double Pixels => (double)_size.Width * _size.Height;

    /// <summary>Pixel frames.</summary>
    public int NumFrames => settings.NumFrames;

    /// <summary>Length in seconds.</summary>
    public double Seconds => settings.NumFrames / settings.Fps;

    /// <summary>Video tokens at full size.</summary>
    public int Tokens => LatentSize.ForPixels(settings.NumFrames, _size.Width, _size.Height).Tokens;

    /// <summary>Video tokens at half the width and height.</summary>
    public int HalfSizeTokens => LatentSize.ForPixels(settings.NumFrames, _size.Width / 2, _size.Height / 2).Tokens;

    /// <summary>Audio tokens.</summary>
    public int AudioTokens => AudioLatentSize.FramesForVideo(settings.NumFrames, settings.Fps);
}
