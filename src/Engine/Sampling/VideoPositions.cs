using MlxVideo.Shared.Renders;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// Positions of video tokens in latent cells, pixels or seconds (docs/reference/transformer.md, section 6). Tables have shape
/// (1, 3, T, 2): start and end on the axes time, height and width.
/// </summary>
public static class VideoPositions
{
    /// <summary>Returns positions in cells of the latent grid; int64.</summary>
    public static Tensor InCells(LatentSize size, int patch = 1)
    {
        using var scope = TensorScope.Open();
        var time = arange(size.Frames, ScalarType.Int64);
        var rows = arange(0, size.Height, patch, ScalarType.Int64);
        var columns = arange(0, size.Width, patch, ScalarType.Int64);
        var starts = stack(meshgrid([time, rows, columns], indexing: "ij"), 0).flatten(1);
        var extent = tensor(new long[] { 1, patch, patch }).unsqueeze(-1);
        return stack([starts, starts + extent], -1).unsqueeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>Returns positions in pixel frames and pixels; int64.</summary>
    /// <param name="causal">Whether the first latent frame covers only one pixel frame: time is shifted back and clamped at 0.</param>
    /// <param name="timeScale">Pixel frames per latent frame.</param>
    /// <param name="spaceScale">Pixels per side of a latent cell.</param>
    public static Tensor InPixels(
        LatentSize size, bool causal, int timeScale = LatentSize.TimeScale, int spaceScale = LatentSize.SpaceScale)
    {
        using var scope = TensorScope.Open();
        var pixels = InCells(size) * tensor(new long[] { timeScale, spaceScale, spaceScale }).view(1, 3, 1, 1);
        if (!causal)
            return pixels.MoveToOuterDisposeScope();
        var time = (pixels.narrow(1, 0, 1) + (1 - timeScale)).clamp(min: 0);
        return cat([time, pixels.narrow(1, 1, 2)], 1).MoveToOuterDisposeScope();
    }

    /// <summary>Returns positions with time in seconds, height and width in pixels; float32.</summary>
    /// <param name="pixels">(1, 3, T, 2) in pixel frames and pixels.</param>
    public static Tensor InSeconds(Tensor pixels, double fps)
    {
        using var scope = TensorScope.Open();
        var positions = pixels.to(ScalarType.Float32);
        return cat([positions.narrow(1, 0, 1) / (float)fps, positions.narrow(1, 1, 2)], 1).MoveToOuterDisposeScope();
    }
}
