using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>Adds the initial noise to conditioned tokens.</summary>
public static class Noiser
{
    /// <summary>
    /// Returns mix(clean, mix(latent, noise, scale), mask), in float32 (docs/reference/pipelines.md, fact 5). The scale is the stage's
    /// first sigma: 1 for pure noise, less when the stage refines a latent.
    /// </summary>
    /// <param name="state">The tokens after all conditioning; not modified.</param>
    /// <param name="noise">In the latent's shape.</param>
    /// <param name="scale">Share of the noise.</param>
    /// <returns>The state with its latent noised; the other tensors are shared with <paramref name="state"/>.</returns>
    public static LatentState Apply(LatentState state, Tensor noise, double scale = 1)
    {
        using var scope = TensorScope.Open();
        var mixed = lerp(state.Latent, noise, (float)scale);
        return state with { Latent = lerp(state.Clean, mixed, state.DenoiseMask).MoveToOuterDisposeScope() };
    }
}
