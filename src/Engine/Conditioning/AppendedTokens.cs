using MlxVideo.Engine.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Conditioning;

/// <summary>Adds conditioning tokens behind those of the latent.</summary>
internal static class AppendedTokens
{
    /// <summary>The state with clean tokens appended; their latent is 0, their mask 1 − strength.</summary>
    /// <param name="state">The state so far.</param>
    /// <param name="clean">(1, M, C)</param>
    /// <param name="positions">(1, 3, M, 2)</param>
    /// <param name="strength">1 keeps the tokens as they are.</param>
    /// <param name="latentTokens">Tokens of the latent itself, without those appended before.</param>
    /// <param name="attention">How much the latent's tokens and the new ones attend to each other: (1, M) or null for fully.</param>
    public static LatentState To(
        LatentState state, Tensor clean, Tensor positions, double strength, long latentTokens, Tensor? attention = null)
    {
        using var scope = TensorScope.Open();
        var added = clean.shape[1];
        var weights = attention is null && state.AttentionWeights is null
            ? null
            : AttentionWeights(state, attention ?? ones(1, added), latentTokens);
        return new LatentState(
            cat([state.Latent, zeros_like(clean)], 1),
            cat([state.DenoiseMask, full([1, added, 1], (float)(1 - strength))], 1),
            cat([state.Positions, positions], 2),
            cat([state.Clean, clean], 1),
            weights).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The weights after appending: those so far (1 where there were none), the latent and the new tokens by
    /// <paramref name="attention"/>, new ones among themselves 1, new ones and those appended before 0
    /// (docs/reference/transformer.md, section 7).
    /// </summary>
    private static Tensor AttentionWeights(LatentState state, Tensor attention, long latentTokens)
    {
        using var scope = TensorScope.Open();
        var (before, added) = (state.Tokens, attention.shape[1]);
        var weights = zeros(1, before + added, before + added);
        weights.narrow(1, 0, before).narrow(2, 0, before).copy_(state.AttentionWeights ?? ones(1, before, before));
        weights.narrow(1, before, added).narrow(2, before, added).fill_(1f);
        weights.narrow(1, 0, latentTokens).narrow(2, before, added).copy_(attention.unsqueeze(1));
        weights.narrow(1, before, added).narrow(2, 0, latentTokens).copy_(attention.unsqueeze(2));
        return weights.MoveToOuterDisposeScope();
    }
}
