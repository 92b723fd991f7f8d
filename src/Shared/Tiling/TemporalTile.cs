using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Tiling;

/// <summary>
/// A run of latent frames that is decoded on its own, and how it is blended into its neighbours. Latent frame s of a tile
/// starts at pixel frame 8s; the first pixel frame of a latent's first frame stands alone (docs/reference/vae.md, section 3).
/// </summary>
/// <param name="Index">Position among the clip's tiles.</param>
/// <param name="LatentStart">First latent frame.</param>
/// <param name="LatentStop">One after the last latent frame.</param>
/// <param name="LeftRamp">Latent frames over which the tile fades in; 0 for the first.</param>
/// <param name="RightRamp">Latent frames over which it fades out; 0 for the last.</param>
public sealed record TemporalTile(int Index, int LatentStart, int LatentStop, int LeftRamp, int RightRamp)
{
    /// <summary>First pixel frame that the tile decodes.</summary>
    public int FrameStart => LatentStart * LatentSize.TimeScale;

    /// <summary>One after the last pixel frame that the tile decodes.</summary>
    public int FrameStop => 1 + (LatentStop - 1) * LatentSize.TimeScale;

    /// <summary>Pixel frames over which the tile fades in.</summary>
    public int FadeInFrames => LeftRamp == 0 ? 0 : 1 + (LeftRamp - 1) * LatentSize.TimeScale;

    /// <summary>Pixel frames over which the tile fades out.</summary>
    public int FadeOutFrames => RightRamp * LatentSize.TimeScale;
}
