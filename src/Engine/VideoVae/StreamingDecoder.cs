using MlxVideo.Shared.Tiling;
using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>
/// Decodes a latent tile by tile and emits frames as soon as no later tile overlaps them, which limits the frames in memory to the
/// currently overlapping tiles (docs/reference/vae.md, section 3).
/// </summary>
public sealed class StreamingDecoder(VideoDecoder decoder)
{
    private const double Complementary = 1e-5;

    private readonly SpatialTileDecoder _tiles = new(decoder);

    /// <summary>Decodes a clip.</summary>
    /// <param name="latent">(1, C, F, H, W): the clip's normalised latent.</param>
    /// <param name="tiles">The clip's temporal tiles in order.</param>
    /// <param name="spatial">The spatial tiles of each temporal tile.</param>
    /// <param name="onFrames">Receives the next frames, (1, 3, n, 32H, 32W) float32 on the CPU, valid only during the call.</param>
    /// <param name="cancellationToken">Honoured between spatial tiles.</param>
    public void Decode(Tensor latent, IReadOnlyList<TemporalTile> tiles, SpatialTiling spatial, Action<Tensor> onFrames,
        CancellationToken cancellationToken = default)
    {
        using var scope = TensorScope.Open();
        Tensor? sum = null; // weighted frames from the current tile's start onwards
        Tensor? weights = null;
        for (var index = 0; index < tiles.Count; index++)
        {
            var tile = tiles[index];
            using var tileScope = TensorScope.Open();
            var part = latent.narrow(2, tile.LatentStart, tile.LatentStop - tile.LatentStart);
            var mask = BlendMasks.OfTime(tile);
            var frames = _tiles.Decode(part, spatial, (_, _) => cancellationToken.ThrowIfCancellationRequested()).mul_(
                mask.view(1, 1, -1, 1, 1));
            var (newSum, newWeights) = (Add(sum, frames, 2), Add(weights, mask, 0));
            sum?.Dispose();
            weights?.Dispose();
            var final = index == tiles.Count - 1 ? newWeights.shape[0] : tiles[index + 1].FrameStart - tile.FrameStart;
            if (final > 0) // 0 when tiles one latent frame apart start at the same pixel frame
                onFrames(Weighted(newSum.narrow(2, 0, final), newWeights.narrow(0, 0, final)));
            sum = newSum.narrow(2, final, newSum.shape[2] - final).clone().MoveToOuterDisposeScope();
            weights = newWeights.narrow(0, final, newWeights.shape[0] - final).clone().MoveToOuterDisposeScope();
        }
    }

    /// <summary>Adds the remainder of earlier tiles to the start of a new one.</summary>
    private static Tensor Add(Tensor? earlier, Tensor frames, int axis)
    {
        if (earlier is not null)
            frames.narrow(axis, 0, earlier.shape[axis]).add_(earlier);
        return frames;
    }

    /// <summary>Divides by the weights, unless they already sum to one, as the masks of two neighbours do.</summary>
    private static Tensor Weighted(Tensor sum, Tensor weights) =>
        (weights - 1).abs().max().item<float>() <= Complementary ? sum : sum / weights.view(1, 1, -1, 1, 1);
}
