using MlxVideo.Engine.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Conditioning;

/// <summary>Overwrites the latent cells selected by a mask with encoded ones.</summary>
/// <param name="Latent">(1, C, F, H, W): the encoded video at the stage's size.</param>
/// <param name="Mask">(1, F, H, W) in 0 … 1; 1 selects a cell.</param>
/// <param name="Strength">1 keeps these cells unchanged, 0 denoises them from pure noise.</param>
public sealed record ReplaceMasked(Tensor Latent, Tensor Mask, double Strength) : IConditioningItem
{
    /// <inheritdoc/>
    public LatentState Apply(LatentState state, VideoGrid grid)
    {
        using var scope = TensorScope.Open();
        var tokens = VideoPatches.ToTokens(Latent.cpu().to(ScalarType.Float32));
        var mask = VideoPatches.ToTokens(Mask.cpu().to(ScalarType.Float32).unsqueeze(1));
        if (tokens.shape[1] != grid.Tokens || mask.shape[1] != grid.Tokens)
            throw new ArgumentException($"A masked conditioning latent has {tokens.shape[1]} cells and its mask {mask.shape[1]}, but the "
                + $"stage has {grid.Tokens}.");
        var clean = cat([Mix(state.Clean.narrow(1, 0, grid.Tokens), tokens, mask), Tail(state.Clean, grid)], 1);
        var denoise =
            cat([Mix(state.DenoiseMask.narrow(1, 0, grid.Tokens), full_like(mask, (float)(1 - Strength)), mask),
                Tail(state.DenoiseMask, grid)], 1);
        return state with { Clean = clean.MoveToOuterDisposeScope(), DenoiseMask = denoise.MoveToOuterDisposeScope() };
    }

    private static Tensor Mix(Tensor outside, Tensor inside, Tensor mask) => outside * (1 - mask) + inside * mask;

    private static Tensor Tail(Tensor values, VideoGrid grid) => values.narrow(1, grid.Tokens, values.shape[1] - grid.Tokens);
}
