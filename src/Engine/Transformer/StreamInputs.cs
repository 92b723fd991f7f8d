using MlxVideo.Engine.Layers;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Transformer;

/// <summary>What every block of one forward pass sees of one modality.</summary>
/// <param name="Modulation">
/// Of the tokens' timesteps: shift, scale and gate of self-attention and of the feed-forward; in 2.3 also of text attention.
/// </param>
/// <param name="Text">Of the modality's sigma: shift and scale of the text context (2.3); null in 2.0.</param>
/// <param name="Context">(B, L, D): the projected text context.</param>
/// <param name="ContextMask">Additive, (B, 1, 1, L), or null.</param>
/// <param name="SelfAttentionMask">Additive, (B, 1, T, T), or null.</param>
/// <param name="Rotation">The tokens' positions.</param>
/// <param name="Cross">Between the modalities; null when the other one is absent.</param>
/// <param name="Enabled">Whether blocks change the stream.</param>
public sealed record StreamInputs(
    Modulation Modulation,
    Modulation? Text,
    Tensor Context,
    Tensor? ContextMask,
    Tensor? SelfAttentionMask,
    StreamRotation Rotation,
    CrossInputs? Cross,
    bool Enabled);

/// <summary>What the attention between the modalities sees of one of them.</summary>
/// <param name="Modulation">Four rows: scale and shift for audio-to-video, scale and shift for video-to-audio.</param>
/// <param name="Gate">One row: gate of what this modality takes from the other.</param>
public sealed record CrossInputs(Modulation Modulation, Modulation Gate);
