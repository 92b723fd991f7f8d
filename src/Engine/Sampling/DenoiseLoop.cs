using MlxVideo.Engine.Transformer;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// Euler steps from noise to latent, without guidance: what the distilled pipeline runs. State and arithmetic outside the
/// transformer are float32 (README-pipelines, facts 16 and 26).
/// </summary>
public sealed class DenoiseLoop(LtxTransformer transformer, Device device)
{
    /// <summary>Denoises.</summary>
    /// <param name="noised">The conditioned and noised tokens, on the CPU.</param>
    /// <param name="context">(B, L, caption channels): the positive context.</param>
    /// <param name="sigmas">Noise levels, one more than steps; the last is 0.</param>
    /// <param name="onStep">Told after each step: its index from 0, x0 after the mask blend, and the tokens. May throw to cancel.</param>
    /// <returns>The tokens (B, T, C), appended ones included, on the CPU.</returns>
    public Tensor Run(LatentState noised, Tensor context, IReadOnlyList<float> sigmas, Action<int, Tensor, Tensor> onStep)
    {
        using var scope = NewDisposeScope();
        var latent = noised.Latent.to(device, copy: true);
        var mask = noised.DenoiseMask.to(device);
        var clean = noised.Clean.to(device);
        var contextOnDevice = context.to(device);
        for (var index = 0; index + 1 < sigmas.Count; index++)
        {
            var next = Step(latent, sigmas[index], sigmas[index + 1]);
            latent.Dispose();
            latent = next.Latent;
            onStep(index, next.Denoised, latent);
            next.Denoised.Dispose();
        }

        return latent.cpu().MoveToOuterDisposeScope();

        (Tensor Denoised, Tensor Latent) Step(Tensor x, float sigma, float sigmaNext)
        {
            using var stepScope = NewDisposeScope();
            var timesteps = mask * sigma;
            var input = new TransformerInput(x, timesteps.squeeze(-1), noised.Positions, contextOnDevice, null, noised.AttentionWeights?.to(device));
            var velocity = transformer.Forward(input).to(ScalarType.Float32);
            var denoised = x - velocity * timesteps;
            denoised = denoised * mask + clean * (1 - mask);
            var moved = x + (x - denoised) / sigma * (sigmaNext - sigma);
            return (denoised.MoveToOuterDisposeScope(), moved.MoveToOuterDisposeScope());
        }
    }
}
