using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Renders.Tiling;
using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>
/// Weights with which a decode tile enters the whole, one for each frame, row or column (README-vae, section 3: trapezoids
/// that sum to one with their neighbours).
/// </summary>
public static class BlendMasks
{
    /// <summary>For each pixel frame of a temporal tile; the fade-in starts at 0.</summary>
    public static Tensor OfTime(TemporalTile tile)
    {
        var (length, fadeIn) = (tile.FrameStop - tile.FrameStart, tile.FadeInFrames);
        return Trapezoid(length, Enumerable.Range(0, fadeIn).Select(k => (float)k / fadeIn).ToArray(), tile.FadeOutFrames);
    }

    /// <summary>For each pixel row or column of a spatial tile.</summary>
    public static Tensor OfSpace(AxisTile tile)
    {
        const int scale = LatentSize.SpaceScale;
        var fadeIn = tile.LeftRamp * scale;
        return Trapezoid((tile.Stop - tile.Start) * scale, Enumerable.Range(1, fadeIn).Select(k => k / (float)(fadeIn + 1)).ToArray(), tile.RightRamp * scale);
    }

    /// <summary>For each latent frame of a temporal tile, in encoding; the fade-in starts at 0.</summary>
    public static Tensor OfLatentTime(TemporalTile tile) =>
        Trapezoid(tile.LatentStop - tile.LatentStart, Enumerable.Range(0, tile.LeftRamp).Select(k => (float)k / tile.LeftRamp).ToArray(), tile.RightRamp);

    /// <summary>For each latent row or column of a spatial tile, in encoding.</summary>
    public static Tensor OfLatentSpace(AxisTile tile) =>
        Trapezoid(tile.Stop - tile.Start, Enumerable.Range(1, tile.LeftRamp).Select(k => k / (float)(tile.LeftRamp + 1)).ToArray(), tile.RightRamp);

    private static Tensor Trapezoid(int length, float[] fadeIn, int fadeOut)
    {
        var values = Enumerable.Repeat(1f, length).ToArray();
        fadeIn.CopyTo(values, 0);
        for (var k = 1; k <= fadeOut; k++)
            values[length - fadeOut + k - 1] *= 1 - k / (float)(fadeOut + 1);
        return tensor(values);
    }
}
