using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>Per-step conversions between noisy tokens, velocities and x0, in float32.</summary>
public static class LatentMath
{
    /// <summary>x0 = x − velocity · timestep.</summary>
    /// <param name="sample">(B, T, C)</param>
    /// <param name="velocity">(B, T, C)</param>
    /// <param name="timesteps">Broadcastable: a sigma, or (B, T, 1).</param>
    public static Tensor ToDenoised(Tensor sample, Tensor velocity, Tensor timesteps)
    {
        using var scope = TensorScope.Open();
        return (sample - velocity.to(ScalarType.Float32) * timesteps).MoveToOuterDisposeScope();
    }

    /// <summary>velocity = (x − x0) / sigma.</summary>
    public static Tensor ToVelocity(Tensor sample, Tensor denoised, float sigma)
    {
        if (sigma == 0)
            throw new ArgumentException("A step cannot start at sigma 0: no noise is left to remove.", nameof(sigma));
        using var scope = TensorScope.Open();
        return ((sample - denoised) / sigma).MoveToOuterDisposeScope();
    }

    /// <summary>x0 · mask + clean · (1 − mask): blends conditioned tokens with their clean values.</summary>
    public static Tensor KeepClean(Tensor denoised, Tensor mask, Tensor clean)
    {
        using var scope = TensorScope.Open();
        return (denoised * mask + clean * (1 - mask)).MoveToOuterDisposeScope();
    }
}
