using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>Rendered size of a clip, which determines the cost of its stages.</summary>
public sealed class ClipSize(RenderSettings settings)
{
    /// <summary>Bytes of a video token: 128 channels of float32, as latents are stored.</summary>
    public const double LatentBytesPerToken = 128 * 4;

    private readonly RenderSize _size = RenderSize.For(settings);

    /// <summary>Pixels per frame.</summary>
    public double Pixels => (double)_size.Width * _size.Height;

    /// <summary>Pixel frames.</summary>
    public int NumFrames => settings.NumFrames;

    /// <summary>Duration in seconds.</summary>
    public double Seconds => settings.NumFrames / settings.Fps;

    /// <summary>Size of the video latent at full size.</summary>
    public LatentSize Latent => LatentSize.ForPixels(settings.NumFrames, _size.Width, _size.Height);

    public int AudioTokens => AudioLatentSize.FramesForVideo(settings.NumFrames, settings.Fps);

    /// <summary>Returns the number of video tokens of a part of the clip, at full size.</summary>
    public int Tokens(int numFrames) => LatentSize.ForPixels(numFrames, _size.Width, _size.Height).Tokens;
}
