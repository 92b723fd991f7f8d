using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Renders.Tiling;
using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>A decoded temporal tile, ready to be joined with its neighbours.</summary>
/// <param name="Frames">(n, H, W, 3) uint8: frames that no other tile touches.</param>
/// <param name="Head">(m, H, W, 3) float32: frames shared with the tile before, times this tile's weight; null for the first.</param>
/// <param name="Tail">The same at its end; null for the last.</param>
public sealed record DecodedTile(Tensor Frames, Tensor? Head, Tensor? Tail);

/// <summary>
/// Decodes one temporal tile of a latent. Inside, large pictures are decoded in spatial tiles and blended. The result
/// depends on the latent and the tile alone, so tiles can be decoded anywhere.
/// </summary>
public sealed class TileDecoder(VideoDecoder decoder)
{
    /// <summary>Decodes a tile.</summary>
    /// <param name="latent">(1, C, F, H, W): the clip's whole normalised latent.</param>
    /// <param name="tile">Which of its frames.</param>
    /// <param name="headFrames">Pixel frames shared with the tile before.</param>
    /// <param name="tailFrames">Pixel frames shared with the tile after.</param>
    /// <param name="step">Told after each spatial tile: done, in all. May throw to cancel.</param>
    public DecodedTile Decode(Tensor latent, TemporalTile tile, int headFrames, int tailFrames, Action<int, int> step)
    {
        using var scope = TensorScope.Open();
        var part = latent.narrow(2, tile.LatentStart, tile.LatentStop - tile.LatentStart);
        var frames = DecodePart(part, step)[0].permute(1, 2, 3, 0);
        var count = frames.shape[0];
        var weights = BlendMasks.OfTime(tile).view(-1, 1, 1, 1);
        var core = FramePixels.ToBytes(frames.narrow(0, headFrames, count - headFrames - tailFrames));
        return new DecodedTile(core.MoveToOuterDisposeScope(), Weighted(0, headFrames), Weighted(count - tailFrames, tailFrames));

        Tensor? Weighted(long start, long length) =>
            length == 0 ? null : (frames.narrow(0, start, length) * weights.narrow(0, start, length)).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>(1, 3, F, H, W) float32 on the CPU.</summary>
    private Tensor DecodePart(Tensor part, Action<int, int> step)
    {
        var tiling = SpatialTiling.For(new LatentSize((int)part.shape[2], (int)part.shape[3], (int)part.shape[4]));
        using var scope = TensorScope.Open();
        if (tiling.Count == 1)
        {
            var whole = decoder.forward(part).to(ScalarType.Float32, CPU);
            step(1, 1);
            return whole.MoveToOuterDisposeScope();
        }

        const int scale = LatentSize.SpaceScale;
        var pixelFrames = 1 + (part.shape[2] - 1) * LatentSize.TimeScale;
        var sum = zeros([1, 3, pixelFrames, part.shape[3] * scale, part.shape[4] * scale]);
        var weights = zeros([part.shape[3] * scale, part.shape[4] * scale]);
        var done = 0;
        foreach (var row in tiling.Rows)
        {
            foreach (var column in tiling.Columns)
            {
                using var tileScope = TensorScope.Open();
                var mask = BlendMasks.OfSpace(row).unsqueeze(1) * BlendMasks.OfSpace(column).unsqueeze(0);
                var decoded = decoder.forward(part.narrow(3, row.Start, row.Stop - row.Start).narrow(4, column.Start, column.Stop - column.Start));
                Place(sum, row, column).add_(decoded.to(ScalarType.Float32, CPU) * mask);
                Place(weights, row, column).add_(mask);
                step(++done, tiling.Count);
            }
        }

        return (sum / weights).MoveToOuterDisposeScope();
    }

    private static Tensor Place(Tensor whole, AxisTile row, AxisTile column)
    {
        const int scale = LatentSize.SpaceScale;
        return whole.narrow(-2, row.Start * scale, (row.Stop - row.Start) * scale).narrow(-1, column.Start * scale, (column.Stop - column.Start) * scale);
    }
}
