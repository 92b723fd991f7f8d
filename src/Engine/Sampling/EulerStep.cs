using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>Euler step of a flow model.</summary>
public static class EulerStep
{
    /// <summary>Returns x + (x − x0) / sigma · (sigma_next − sigma), in float32.</summary>
    public static Tensor Apply(Tensor sample, Tensor denoised, float sigma, float sigmaNext)
    {
        using var scope = TensorScope.Open();
        return (sample + LatentMath.ToVelocity(sample, denoised, sigma) * (sigmaNext - sigma)).MoveToOuterDisposeScope();
    }
}
