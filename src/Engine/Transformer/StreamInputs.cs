using MlxVideo.Engine.Layers;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Transformer;

/// <summary>One modality's inputs for all blocks of a transformer evaluation.</summary>
/// <param name="Modulation">
/// From the tokens' timesteps: shift, scale and gate of self-attention and of the feed-forward; in 2.3 also of text attention.
/// </param>
/// <param name="Text">From the modality's sigma: shift and scale of the text context (2.3); null in 2.0.</param>
/// <param name="Context">(B, L, D): the projected text context.</param>
/// <param name="ContextMask">Additive, (B, 1, 1, L), or null.</param>
/// <param name="SelfAttentionMask">Additive, (B, 1, T, T), or null.</param>
/// <param name="Rotation">Rotations of the tokens' positions.</param>
/// <param name="Cross">Inputs of the cross-modal attention; null when the other modality is absent.</param>
/// <param name="Enabled">Whether blocks update the stream.</param>
public sealed record StreamInputs(
    Modulation Modulation,
    Modulation? Text,
    Tensor Context,
    Tensor? ContextMask,
    Tensor? SelfAttentionMask,
    StreamRotation Rotation,
    CrossInputs? Cross,
    bool Enabled);

/// <summary>One modality's inputs of the cross-modal attention.</summary>
/// <param name="Modulation">Four rows: scale and shift for audio-to-video, scale and shift for video-to-audio.</param>
/// <param name="Gate">One row: gate of the contribution from the other modality.</param>
public sealed record CrossInputs(Modulation Modulation, Modulation Gate);
