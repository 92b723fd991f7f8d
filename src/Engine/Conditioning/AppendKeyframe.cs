using MlxVideo.Engine.Sampling;
using MlxVideo.Shared.Renders;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Conditioning;

/// <summary>
/// Appends the tokens of an image (or of a few frames) that the clip reaches at a given pixel frame. Any frame is allowed, not only
/// every eighth (docs/reference/transformer.md, section 7: keyframe guide).
/// </summary>
/// <param name="Latent">(1, C, frames, H, W): the encoded frames.</param>
/// <param name="Frame">The pixel frame of the first encoded frame.</param>
/// <param name="Strength">1 keeps the frames unchanged, 0 denoises them from pure noise.</param>
/// <param name="PixelFrames">Number of encoded pixel frames; a single image covers one pixel frame of time.</param>
/// <param name="AttentionStrength">Strength of the attention between the clip and these tokens, 0 … 1.</param>
public sealed record AppendKeyframe(Tensor Latent, int Frame, double Strength, int PixelFrames = 1, double AttentionStrength = 1)
    : IConditioningItem
{
    /// <inheritdoc/>
    public LatentState Apply(LatentState state, VideoGrid grid)
    {
        using var scope = TensorScope.Open();
        var clean = VideoPatches.ToTokens(Latent.cpu().to(ScalarType.Float32));
        var size = new LatentSize((int)Latent.shape[2], (int)Latent.shape[3], (int)Latent.shape[4]);
        var attention = AttentionStrength < 1 ? full([1, clean.shape[1]], (float)AttentionStrength) : null;
        return AppendedTokens.To(state, clean, Positions(size, grid.Fps), Strength, grid.Tokens, attention).MoveToOuterDisposeScope();
    }

    private Tensor Positions(LatentSize size, double fps)
    {
        using var scope = TensorScope.Open();
        var pixels = VideoPositions.InPixels(size, causal: Frame == 0);
        var time = pixels.narrow(1, 0, 1) + Frame;
        if (PixelFrames == 1)
        {
            var start = time.narrow(-1, 0, 1);
            time = cat([start, start + 1], -1);
        }

        return VideoPositions.InSeconds(cat([time, pixels.narrow(1, 1, 2)], 1), fps).MoveToOuterDisposeScope();
    }
}
