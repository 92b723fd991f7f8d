using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Tiling;
using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>
/// Encodes a long or large video in tiles on the latent grid, blended in latent units (docs/reference/vae.md, section 2).
/// </summary>
public sealed class TiledEncoder(VideoEncoder encoder)
{
    /// <summary>Minimum overlap of temporal tiles in latent frames: 16 pixel frames.</summary>
    private const int SmallestTimeOverlap = 2;

    /// <summary>Minimum overlap of spatial tiles in latent positions: 64 pixels.</summary>
    private const int SmallestSpaceOverlap = 2;

    /// <summary>Encodes frames; frames beyond 8k + 1 are dropped.</summary>
    /// <param name="frames">(1, 3, F, H, W) in −1 … 1, H and W multiples of 32.</param>
    /// <param name="times">Temporal tiles of the latent.</param>
    /// <param name="spaces">Spatial tiles of the latent.</param>
    /// <param name="cancellationToken">Honoured between tiles.</param>
    /// <returns>(1, C, (F−1)/8+1, H/32, W/32): normalised means; float32 on the CPU.</returns>
    /// <exception cref="ArgumentException">Neighbouring tiles overlap too little.</exception>
    public Tensor Encode(
        Tensor frames, IReadOnlyList<TemporalTile> times, SpatialTiling spaces, CancellationToken cancellationToken = default)
    {
        Require(times.Select(tile => tile.RightRamp), SmallestTimeOverlap, LatentSize.TimeScale, "frames");
        Require(spaces.Rows.Concat(spaces.Columns).Select(tile => tile.RightRamp), SmallestSpaceOverlap, LatentSize.SpaceScale, "pixels");
        using var scope = TensorScope.Open();
        Tensor? sum = null;
        var weights = zeros(times[^1].LatentStop, spaces.Rows[^1].Stop, spaces.Columns[^1].Stop);
        foreach (var time in times)
        {
            foreach (var row in spaces.Rows)
            {
                foreach (var column in spaces.Columns)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    using var tileScope = TensorScope.Open();
                    var latent = encoder.forward(Pixels(frames, time, row, column)).to(ScalarType.Float32, CPU);
                    sum ??= zeros([1, latent.shape[1], weights.shape[0], weights.shape[1], weights.shape[2]]).MoveToOuterDisposeScope();
                    var mask = BlendMasks.OfLatentTime(time).view(-1, 1, 1) * BlendMasks.OfLatentSpace(row).view(-1, 1)
                        * BlendMasks.OfLatentSpace(column);
                    Place(sum, time, row, column).add_(latent * mask);
                    Place(weights, time, row, column).add_(mask);
                }
            }
        }

        return (sum! / weights).MoveToOuterDisposeScope();
    }

    private static Tensor Pixels(Tensor frames, TemporalTile time, AxisTile row, AxisTile column)
    {
        const int scale = LatentSize.SpaceScale;
        return frames.narrow(2, time.FrameStart, time.FrameStop - time.FrameStart)
            .narrow(3, row.Start * scale, (row.Stop - row.Start) * scale)
            .narrow(4, column.Start * scale, (column.Stop - column.Start) * scale);
    }

    private static Tensor Place(Tensor whole, TemporalTile time, AxisTile row, AxisTile column) => whole
        .narrow(-3, time.LatentStart, time.LatentStop - time.LatentStart)
        .narrow(-2, row.Start, row.Stop - row.Start)
        .narrow(-1, column.Start, column.Stop - column.Start);

    private static void Require(IEnumerable<int> overlaps, int smallest, int scale, string unit)
    {
        foreach (var overlap in overlaps.Where(overlap => overlap > 0 && overlap < smallest))
            throw new ArgumentException($"Encoding tiles overlap by {overlap * scale} {unit}; at least {smallest * scale} are required.");
    }
}
