using MlxVideo.Engine.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Transformer;

/// <summary>
/// Transformer input of one modality in one denoise step. T may be 1 in <paramref name="Timesteps"/> to apply one value to all tokens.
/// </summary>
/// <param name="Latent">(B, T, C): noisy tokens.</param>
/// <param name="Timesteps">(B, T) or (B, 1): sigma per token, the denoise mask times the step's sigma; float32.</param>
/// <param name="Sigma">(B): the step's sigma; float32.</param>
/// <param name="Rotation">
/// Rotations of the tokens' positions, from <see cref="LtxTransformer.VideoRotation"/> or <see cref="LtxTransformer.AudioRotation"/>.
/// </param>
/// <param name="Context">(B, L, D): the text context, with the caption width (2.0) or the stream's width (2.3).</param>
/// <param name="ContextMask">(B, L) of 1 and 0; null to use the whole context.</param>
/// <param name="SelfAttentionWeights">(B, T, T) in 0 … 1: attention weights between tokens; null for full attention.</param>
/// <param name="Enabled">False keeps the stream's tokens unchanged; the other modality still attends to them.</param>
public sealed record ModalityInput(
    Tensor Latent,
    Tensor Timesteps,
    Tensor Sigma,
    StreamRotation Rotation,
    Tensor Context,
    Tensor? ContextMask = null,
    Tensor? SelfAttentionWeights = null,
    bool Enabled = true);

/// <summary>Rotations of one modality's tokens, constant over all steps of a stage.</summary>
/// <param name="Self">For self-attention.</param>
/// <param name="Cross">For cross-modal attention, over time only; null in a model without audio.</param>
public sealed record StreamRotation(RotaryTable Self, RotaryTable? Cross) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Self.Dispose();
        Cross?.Dispose();
    }
}

/// <summary>Tokens of both modalities: hidden states (B, T, D), or velocities (B, T, C); null for a modality that is absent.</summary>
public sealed record StreamTokens(Tensor? Video, Tensor? Audio) : IDisposable
{
    /// <summary>Moves both tensors to the enclosing dispose scope.</summary>
    public StreamTokens MoveToOuterDisposeScope()
    {
        Video?.MoveToOuterDisposeScope();
        Audio?.MoveToOuterDisposeScope();
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Video?.Dispose();
        Audio?.Dispose();
    }
}
