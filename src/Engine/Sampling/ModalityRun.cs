using MlxVideo.Shared.Renders;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>A denoising loop's input for one modality.</summary>
/// <param name="State">The conditioned and noised tokens, on the CPU.</param>
/// <param name="Context">(B, L, D): context of the prompt.</param>
/// <param name="NegativeContext">(B, L, D): context of the negative prompt; null to use <paramref name="Context"/> instead.</param>
/// <param name="Guidance">Null for none.</param>
/// <param name="Frozen">
/// Whether the tokens only inform the other modality: their sigma is 0 and they stay unchanged (docs/reference/pipelines.md, fact 21).
/// </param>
public sealed record ModalityRun(
    LatentState State, Tensor Context, Tensor? NegativeContext = null, GuidancePlan? Guidance = null, bool Frozen = false);

/// <summary>A finished step; its tensors are valid only during the callback.</summary>
/// <param name="Index">Zero-based.</param>
/// <param name="Total">Total number of steps.</param>
/// <param name="Video">Null when absent.</param>
/// <param name="Audio">Null when absent.</param>
public sealed record DenoiseStep(int Index, int Total, StepTokens? Video, StepTokens? Audio);

/// <summary>One modality's tokens in a finished step; all (B, T, C), float32, on the device.</summary>
/// <param name="Evaluations">x0 of each evaluation.</param>
/// <param name="Guided">x0 after guidance.</param>
/// <param name="Denoised">x0 after blending conditioned tokens with their clean values.</param>
/// <param name="Latent">The tokens after the step.</param>
public sealed record StepTokens(IReadOnlyDictionary<GuidanceEvaluation, Tensor> Evaluations, Tensor Guided, Tensor Denoised, Tensor Latent);
