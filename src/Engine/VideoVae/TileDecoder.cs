using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Tiling;
using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>A decoded temporal tile, ready to be joined with its neighbours.</summary>
/// <param name="Frames">(n, H, W, 3) uint8: frames that no other tile overlaps.</param>
/// <param name="Head">(m, H, W, 3) float32: frames shared with the previous tile, times this tile's weights; null for the first.</param>
/// <param name="Tail">(m, H, W, 3) float32: frames shared with the next tile, times this tile's weights; null for the last.</param>
public sealed record DecodedTile(Tensor Frames, Tensor? Head, Tensor? Tail);

/// <summary>
/// Decodes one temporal tile of a latent. Large frames are decoded in spatial tiles and blended. The result depends only on the latent
/// and the tile, so any machine can decode it.
/// </summary>
public sealed class TileDecoder(VideoDecoder decoder)
{
    private readonly SpatialTileDecoder _spatial = new(decoder);

    /// <param name="part">(1, C, F, H, W): the normalised latent frames of the tile.</param>
    /// <param name="tile">The tile's place in the clip.</param>
    /// <param name="headFrames">Pixel frames shared with the previous tile.</param>
    /// <param name="tailFrames">Pixel frames shared with the next tile.</param>
    /// <param name="mode">Division of the frames into spatial tiles.</param>
    /// <param name="step">Called after each spatial tile with the numbers of finished and total tiles. May throw to cancel.</param>
    /// <param name="inspect">
    /// Receives the decoder's output, (3, n, H, W) float32 on the CPU, before the conversion to bytes.
    /// </param>
    public DecodedTile Decode(
        Tensor part, TemporalTile tile, int headFrames, int tailFrames, TilingMode mode, Action<int, int> step,
        Action<Tensor>? inspect = null)
    {
        using var scope = TensorScope.Open();
        var tiling = SpatialTiling.For(new LatentSize((int)part.shape[2], (int)part.shape[3], (int)part.shape[4]), mode);
        var decoded = _spatial.Decode(part, tiling, step)[0];
        inspect?.Invoke(decoded);
        var frames = decoded.permute(1, 2, 3, 0);
        var count = frames.shape[0];
        var weights = BlendMasks.OfTime(tile).view(-1, 1, 1, 1);
        var core = FramePixels.ToBytes(frames.narrow(0, headFrames, count - headFrames - tailFrames));
        return new DecodedTile(core.MoveToOuterDisposeScope(), Weighted(0, headFrames), Weighted(count - tailFrames, tailFrames));

        Tensor? Weighted(long start, long length)
        {
            if (length == 0)
                return null;
            var shared = empty([length, .. frames.shape[1..]]);
            shared.copy_(frames.narrow(0, start, length));
            shared.mul_(weights.narrow(0, start, length));
            return shared.MoveToOuterDisposeScope();
        }
    }
}
