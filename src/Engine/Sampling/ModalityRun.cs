using MlxVideo.Shared.Renders;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>One modality of a denoising loop.</summary>
/// <param name="State">The conditioned and noised tokens, on the CPU.</param>
/// <param name="Context">(B, L, D): the prompt.</param>
/// <param name="NegativeContext">(B, L, D): the negative prompt; null takes <paramref name="Context"/> in its place.</param>
/// <param name="Guidance">Null for none.</param>
/// <param name="Frozen">
/// The tokens only inform the other modality: their sigma is 0 and they stay as they are (docs/reference/pipelines.md, fact 21).
/// </param>
public sealed record ModalityRun(
    LatentState State, Tensor Context, Tensor? NegativeContext = null, GuidancePlan? Guidance = null, bool Frozen = false);

/// <summary>A finished step; its tensors live only while the listener runs.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Total">Steps in all.</param>
/// <param name="Video">The video tokens; null when absent.</param>
/// <param name="Audio">The audio tokens; null when absent.</param>
public sealed record DenoiseStep(int Index, int Total, StepTokens? Video, StepTokens? Audio);

/// <summary>One modality's tokens in a finished step; all (B, T, C), float32, on the device.</summary>
/// <param name="Evaluations">x0 of each evaluation.</param>
/// <param name="Guided">x0 after guidance.</param>
/// <param name="Denoised">x0 after conditioned tokens were drawn to their clean ones.</param>
/// <param name="Latent">The tokens after the step.</param>
public sealed record StepTokens(IReadOnlyDictionary<GuidanceEvaluation, Tensor> Evaluations, Tensor Guided, Tensor Denoised, Tensor Latent);
