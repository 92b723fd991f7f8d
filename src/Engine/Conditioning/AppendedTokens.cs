using MlxVideo.Engine.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Conditioning;

/// <summary>Appends conditioning tokens to the tokens of the latent.</summary>
internal static class AppendedTokens
{
    /// <summary>Returns the state with clean tokens appended; their latent is 0 and their mask 1 − strength.</summary>
    /// <param name="clean">(1, M, C)</param>
    /// <param name="positions">(1, 3, M, 2)</param>
    /// <param name="strength">1 keeps the tokens unchanged.</param>
    /// <param name="latentTokens">Number of tokens of the latent itself, without previously appended ones.</param>
    /// <param name="attention">
    /// (1, M): strength of the attention between the latent's tokens and the new ones; null for full attention.
    /// </param>
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
    /// Returns the weights after appending: existing weights are kept (1 where there were none), weights between the latent and the new
    /// tokens are <paramref name="attention"/>, those among the new tokens 1, and those between new and previously appended tokens 0
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
