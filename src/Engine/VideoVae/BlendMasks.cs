using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Tiling;
using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>
/// Blend weights of tiles, one per frame, row or column (docs/reference/vae.md, section 3): trapezoids that sum to one where
/// neighbouring tiles overlap.
/// </summary>
public static class BlendMasks
{
    /// <summary>Returns one weight per pixel frame of a temporal tile.</summary>
    public static Tensor OfTime(TemporalTile tile) =>
        Trapezoid(tile.FrameStop - tile.FrameStart, tile.FadeInFrames, tile.FadeOutFrames, fromZero: true);

    /// <summary>Returns one weight per pixel row or column of a spatial tile.</summary>
    public static Tensor OfSpace(AxisTile tile)
    {
        const int scale = LatentSize.SpaceScale;
        return Trapezoid((tile.Stop - tile.Start) * scale, tile.LeftRamp * scale, tile.RightRamp * scale, fromZero: false);
    }

    /// <summary>Returns one weight per latent frame of a temporal tile, for encoding.</summary>
    public static Tensor OfLatentTime(TemporalTile tile) =>
        Trapezoid(tile.LatentStop - tile.LatentStart, tile.LeftRamp, tile.RightRamp, fromZero: true);

    /// <summary>Returns one weight per latent row or column of a spatial tile, for encoding.</summary>
    public static Tensor OfLatentSpace(AxisTile tile) => Trapezoid(tile.Stop - tile.Start, tile.LeftRamp, tile.RightRamp, fromZero: false);

    /// <summary>
    /// Returns weights that rise over the first <paramref name="fadeIn"/> positions and fall over the last <paramref name="fadeOut"/>.
    /// </summary>
    /// <param name="fromZero">
    /// Whether the rise begins at 0 (for time, because a tile's first frames are poor) or one step above it.
    /// </param>
    internal static Tensor Trapezoid(int length, int fadeIn, int fadeOut, bool fromZero)
    {
        (fadeIn, fadeOut) = (Math.Min(fadeIn, length), Math.Min(fadeOut, length));
        var values = Enumerable.Repeat(1f, length).ToArray();
        for (var k = 0; k < fadeIn; k++)
            values[k] = fromZero ? (float)k / fadeIn : (k + 1) / (float)(fadeIn + 1);
        for (var k = 1; k <= fadeOut; k++)
            values[length - fadeOut + k - 1] *= 1 - k / (float)(fadeOut + 1);
        return tensor(values);
    }
}
