using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Tiling;
using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>Decodes latent frames in spatial tiles and blends their overlaps; a single tile is decoded directly.</summary>
public sealed class SpatialTileDecoder(VideoDecoder decoder)
{
    /// <summary>Decodes consecutive frames of a latent.</summary>
    /// <param name="latent">(1, C, F, H, W), normalised.</param>
    /// <param name="step">Called after each tile with the numbers of finished and total tiles. May throw to cancel.</param>
    /// <returns>(1, 3, 8(F−1)+1, 32H, 32W), float32, on the CPU.</returns>
    public Tensor Decode(Tensor latent, SpatialTiling tiling, Action<int, int> step)
    {
        using var scope = TensorScope.Open();
        if (tiling.Count == 1)
        {
            var whole = decoder.forward(latent).to(ScalarType.Float32, CPU);
            step(1, 1);
            return whole.MoveToOuterDisposeScope();
        }

        const int scale = LatentSize.SpaceScale;
        var pixelFrames = 1 + (latent.shape[2] - 1) * LatentSize.TimeScale;
        var sum = zeros([1, 3, pixelFrames, latent.shape[3] * scale, latent.shape[4] * scale]);
        var weights = zeros([latent.shape[3] * scale, latent.shape[4] * scale]);
        var done = 0;
        foreach (var row in tiling.Rows)
        {
            foreach (var column in tiling.Columns)
            {
                using var tileScope = TensorScope.Open();
                var mask = BlendMasks.OfSpace(row).unsqueeze(1) * BlendMasks.OfSpace(column).unsqueeze(0);
                var decoded =
                    decoder.forward(latent.narrow(3, row.Start, row.Stop - row.Start).narrow(4, column.Start, column.Stop - column.Start));
                Place(sum, row, column).add_(decoded.to(ScalarType.Float32, CPU) * mask);
                Place(weights, row, column).add_(mask);
                step(++done, tiling.Count);
            }
        }

        return sum.div_(weights).MoveToOuterDisposeScope();
    }

    private static Tensor Place(Tensor whole, AxisTile row, AxisTile column)
    {
        const int scale = LatentSize.SpaceScale;
        return whole.narrow(-2, row.Start * scale, (row.Stop - row.Start) * scale).narrow(
            -1, column.Start * scale, (column.Stop - column.Start) * scale);
    }
}
