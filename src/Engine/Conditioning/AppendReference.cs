using MlxVideo.Engine.Sampling;
using MlxVideo.Shared.Renders;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Conditioning;

/// <summary>
/// Appends the tokens of a reference video that the clip follows from its start (in-context LoRA; docs/reference/transformer.md,
/// section 7, and docs/reference/pipelines.md, facts 17 and 18).
/// </summary>
/// <param name="Latent">(1, C, frames, H, W): the encoded reference.</param>
/// <param name="Strength">1 keeps the reference unchanged.</param>
/// <param name="DownscaleFactor">
/// Factor by which the reference is smaller than the clip; multiplies positions on height and width. From the LoRA's metadata.
/// </param>
/// <param name="TemporalScaleFactor">Factor by which the reference has fewer frames; stretches time. From the LoRA's metadata.</param>
/// <param name="AttentionStrength">Strength of the attention between the clip and the reference, 0 … 1.</param>
/// <param name="AttentionWeights">
/// (1, tokens of the reference): attention strength per token, multiplied by <paramref name="AttentionStrength"/>; null for a uniform
/// strength.
/// </param>
public sealed record AppendReference(
    Tensor Latent,
    double Strength = 1,
    int DownscaleFactor = 1,
    int TemporalScaleFactor = 1,
    double AttentionStrength = 1,
    Tensor? AttentionWeights = null) : IConditioningItem
{
    /// <inheritdoc/>
    public LatentState Apply(LatentState state, VideoGrid grid)
    {
        using var scope = TensorScope.Open();
        var clean = VideoPatches.ToTokens(Latent.cpu().to(ScalarType.Float32));
        return AppendedTokens.To(state, clean, Positions(grid.Fps), Strength, grid.Tokens, Attention(clean.shape[1]))
            .MoveToOuterDisposeScope();
    }

    private Tensor? Attention(long tokens)
    {
        if (AttentionWeights is not null)
            return AttentionWeights.cpu().to(ScalarType.Float32) * (float)AttentionStrength;
        return AttentionStrength < 1 ? full([1, tokens], (float)AttentionStrength) : null;
    }

    private Tensor Positions(double fps)
    {
        using var scope = TensorScope.Open();
        var size = new LatentSize((int)Latent.shape[2], (int)Latent.shape[3], (int)Latent.shape[4]);
        var positions = VideoPositions.InSeconds(VideoPositions.InPixels(size, causal: true), fps / TemporalScaleFactor);
        var time = positions.narrow(1, 0, 1);
        if (TemporalScaleFactor > 1)
        {
            // The reference's first frame must still end with the clip's first frame, after one pixel frame.
            var surplus = (float)(TemporalScaleFactor - 1) * (1f / (float)fps);
            time = (time - surplus).clamp(min: 0);
        }

        return cat([time, positions.narrow(1, 1, 2) * (float)DownscaleFactor], 1).MoveToOuterDisposeScope();
    }
}
