using MlxVideo.Shared.Renders;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>Advances the tokens of a denoising loop.</summary>
internal interface IStepper : IDisposable
{
    /// <summary>Advances by one step.</summary>
    /// <param name="evaluate">
    /// Predicts x0 of the current tokens at a noise level: after guidance, with conditioned tokens at their clean values.
    /// </param>
    DenoiseStep Step(LoopTokens tokens, int index, Func<float, LoopPredictions> evaluate);

    /// <summary>Discards the noise of finished steps.</summary>
    void Skip(LoopTokens tokens, int steps);
}

/// <summary>The modalities of a denoising loop; null for one that is absent.</summary>
internal sealed record LoopTokens(ModalityLoop? Video, ModalityLoop? Audio)
{
    /// <summary>The modalities that are present, video first.</summary>
    public IEnumerable<ModalityLoop> Present => new[] { Video, Audio }.OfType<ModalityLoop>();
}

/// <summary>Predictions of both modalities; null for one that is absent.</summary>
internal sealed record LoopPredictions(Prediction? Video, Prediction? Audio);

/// <summary>One modality's prediction; all tensors are (B, T, C), float32, on the device.</summary>
/// <param name="Evaluations">x0 of each evaluation; empty when an earlier prediction was reused.</param>
/// <param name="Guided">x0 after guidance.</param>
/// <param name="Denoised">x0 after blending conditioned tokens with their clean values.</param>
internal sealed record Prediction(IReadOnlyDictionary<GuidanceEvaluation, Tensor> Evaluations, Tensor Guided, Tensor Denoised);
