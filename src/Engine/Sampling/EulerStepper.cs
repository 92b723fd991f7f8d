using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>Euler steps, optionally followed by fresh noise (ancestral).</summary>
/// <param name="sigmas">Noise levels in descending order.</param>
/// <param name="noise">Noise of the ancestral sampler; null for plain Euler.</param>
internal sealed class EulerStepper(IReadOnlyList<float> sigmas, StepNoise? noise) : IStepper
{
    private static readonly AncestralEulerStep Ancestral = new();

    /// <inheritdoc/>
    public DenoiseStep Step(LoopTokens tokens, int index, Func<float, LoopPredictions> evaluate)
    {
        var (sigma, next) = (sigmas[index], sigmas[index + 1]);
        var predictions = evaluate(sigma);
        return new DenoiseStep(
            index, sigmas.Count - 1, Advance(tokens.Video, predictions.Video), Advance(tokens.Audio, predictions.Audio));

        StepTokens? Advance(ModalityLoop? modality, Prediction? prediction)
        {
            if (modality is null || prediction is null)
                return null;
            var fresh = noise is not null && next > 0 ? noise.Draw(modality.Latent, ScalarType.Float32) : null;
            modality.MoveTo(
                modality.IsFrozen ? modality.Latent : Next(modality, prediction.Denoised, fresh), prediction.Guided, sigma);
            return new StepTokens(prediction.Evaluations, prediction.Guided, prediction.Denoised, modality.Latent);
        }

        Tensor Next(ModalityLoop modality, Tensor denoised, Tensor? fresh) => fresh is null
            ? EulerStep.Apply(modality.Latent, denoised, sigma, next)
            : modality.KeepClean(Ancestral.Apply(modality.Latent, denoised, fresh.to(denoised.device), sigma, next));
    }

    /// <inheritdoc/>
    public void Skip(LoopTokens tokens, int steps)
    {
        for (var step = 0; noise is not null && step < steps; step++)
        {
            foreach (var modality in tokens.Present)
                noise.Skip(modality.Latent, ScalarType.Float32);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => noise?.Dispose();
}
