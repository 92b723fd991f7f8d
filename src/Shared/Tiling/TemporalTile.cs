using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Tiling;

/// <summary>
/// A range of latent frames decoded separately, with the ramps that blend it into its neighbours. Latent frame s of a tile starts at pixel
/// frame 8s; the first latent frame of a latent decodes to a single pixel frame (docs/reference/vae.md, section 3).
/// </summary>
/// <param name="Index">Index among the clip's tiles.</param>
/// <param name="LatentStart">First latent frame.</param>
/// <param name="LatentStop">Last latent frame, exclusive.</param>
/// <param name="LeftRamp">Latent frames over which the tile fades in; 0 for the first tile.</param>
/// <param name="RightRamp">Latent frames over which the tile fades out; 0 for the last tile.</param>
public sealed record TemporalTile(int Index, int LatentStart, int LatentStop, int LeftRamp, int RightRamp)
{
    /// <summary>First decoded pixel frame.</summary>
    public int FrameStart => LatentStart * LatentSize.TimeScale;

    /// <summary>Last decoded pixel frame, exclusive.</summary>
    public int FrameStop => 1 + (LatentStop - 1) * LatentSize.TimeScale;

    /// <summary>Pixel frames over which the tile fades in.</summary>
    public int FadeInFrames => LeftRamp == 0 ? 0 : 1 + (LeftRamp - 1) * LatentSize.TimeScale;

    /// <summary>Pixel frames over which the tile fades out.</summary>
    public int FadeOutFrames => RightRamp * LatentSize.TimeScale;
}
