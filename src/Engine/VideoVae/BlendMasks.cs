using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Tiling;
using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>
/// Weights with which a decode tile enters the whole, one for each frame, row or column (docs/reference/vae.md, section 3: trapezoids
/// that sum to one with their neighbours).
/// </summary>
public static class BlendMasks
{
    /// <summary>For each pixel frame of a temporal tile.</summary>
    public static Tensor OfTime(TemporalTile tile) =>
        Trapezoid(tile.FrameStop - tile.FrameStart, tile.FadeInFrames, tile.FadeOutFrames, fromZero: true);

    /// <summary>For each pixel row or column of a spatial tile.</summary>
    public static Tensor OfSpace(AxisTile tile)
    {
        const int scale = LatentSize.SpaceScale;
        return Trapezoid((tile.Stop - tile.Start) * scale, tile.LeftRamp * scale, tile.RightRamp * scale, fromZero: false);
    }

    /// <summary>For each latent frame of a temporal tile, in encoding.</summary>
    public static Tensor OfLatentTime(TemporalTile tile) =>
        Trapezoid(tile.LatentStop - tile.LatentStart, tile.LeftRamp, tile.RightRamp, fromZero: true);

    /// <summary>For each latent row or column of a spatial tile, in encoding.</summary>
    public static Tensor OfLatentSpace(AxisTile tile) => Trapezoid(tile.Stop - tile.Start, tile.LeftRamp, tile.RightRamp, fromZero: false);

    /// <summary>Rises over the first positions and falls over the last.</summary>
    /// <param name="length">Number of weights.</param>
    /// <param name="fadeIn">Positions of the rise.</param>
    /// <param name="fadeOut">Positions of the fall.</param>
    /// <param name="fromZero">Whether the rise begins at 0 (time: a tile's first frames are poor) or one step above it.</param>
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
