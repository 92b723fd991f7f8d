using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// The tokens of one modality during conditioning, noising and denoising. All tensors are float32
/// (docs/reference/transformer.md, fact 19); they are built on the CPU and moved as a whole.
/// </summary>
/// <param name="Latent">(B, T, C): the tokens.</param>
/// <param name="DenoiseMask">(B, T, 1): 1 for tokens that start as pure noise, 0 for tokens fixed at <paramref name="Clean"/>.</param>
/// <param name="Positions">(B, axes, T, 2): start and end of each token; seconds on the time axis, pixels on the others.</param>
/// <param name="Clean">(B, T, C): target values of tokens with a mask below 1.</param>
/// <param name="AttentionWeights">(B, T, T) in 0 … 1: attention weights between tokens; null for full attention.</param>
public sealed record LatentState(Tensor Latent, Tensor DenoiseMask, Tensor Positions, Tensor Clean, Tensor? AttentionWeights = null)
    : IDisposable
{
    /// <summary>Number of tokens, including appended conditioning tokens.</summary>
    public long Tokens => Latent.shape[1];

    /// <summary>Returns a state with every token to be denoised.</summary>
    /// <param name="latent">(B, T, C)</param>
    /// <param name="positions">(B, axes, T, 2)</param>
    public static LatentState Fresh(Tensor latent, Tensor positions)
    {
        using var scope = TensorScope.Open();
        var (batch, tokens) = (latent.shape[0], latent.shape[1]);
        var state = new LatentState(latent.alias(), ones(batch, tokens, 1), positions.alias(), latent.clone());
        return state.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Returns the state without appended tokens and with every token to be denoised; positions and clean latent are truncated alike.
    /// </summary>
    /// <param name="tokens">Number of tokens without appended ones.</param>
    public LatentState Cleared(long tokens)
    {
        using var scope = TensorScope.Open();
        var mask = DenoiseMask.narrow(1, 0, tokens);
        return new LatentState(
            Latent.narrow(1, 0, tokens),
            ones_like(mask),
            Positions.narrow(2, 0, tokens),
            Clean.narrow(1, 0, tokens)).MoveToOuterDisposeScope();
    }

    /// <summary>Moves every tensor to the enclosing dispose scope.</summary>
    public LatentState MoveToOuterDisposeScope()
    {
        Latent.MoveToOuterDisposeScope();
        DenoiseMask.MoveToOuterDisposeScope();
        Positions.MoveToOuterDisposeScope();
        Clean.MoveToOuterDisposeScope();
        AttentionWeights?.MoveToOuterDisposeScope();
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Latent.Dispose();
        DenoiseMask.Dispose();
        Positions.Dispose();
        Clean.Dispose();
        AttentionWeights?.Dispose();
    }
}
