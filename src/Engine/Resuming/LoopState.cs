using MlxVideo.Engine.Transformer;

namespace MlxVideo.Engine.Resuming;

/// <summary>
/// State of a denoising loop between two steps. Everything else that the remaining steps need follows from the stage and its inputs: all
/// noise is drawn before the first step.
/// </summary>
/// <param name="Done">Number of finished steps.</param>
/// <param name="Latent">The tokens (B, T, C) after these steps, float32; null for a modality that is absent.</param>
/// <param name="Guided">The last predictions, for steps that reuse them; null for a modality without such steps.</param>
public sealed record LoopState(int Done, StreamTokens Latent, StreamTokens Guided);
