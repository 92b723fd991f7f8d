using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// The stochastic step of the second-order sampler of the official high-quality pipeline (golden/schedule: <c>res2s</c>).
/// </summary>
/// <param name="Eta">Share of the next sigma that is new noise.</param>
public sealed record Res2sStep(double Eta = 0.5)
{
    // New noise may not be all of the next sigma's.
    private const double LargestShare = 0.9999;

    /// <summary>The tokens at the next sigma.</summary>
    /// <param name="sample">(B, T, C)</param>
    /// <param name="denoised">What a deterministic step over the whole interval would give.</param>
    /// <param name="noise">Fresh standard normal noise.</param>
    /// <param name="sigma">This step's.</param>
    /// <param name="sigmaNext">The next one's; at 0 the result is <paramref name="denoised"/>.</param>
    public Tensor Apply(Tensor sample, Tensor denoised, Tensor noise, float sigma, float sigmaNext)
    {
        if (sigmaNext == 0 || Eta == 0)
            return denoised.clone();
        using var scope = TensorScope.OpenOnHost();
        var up = sigmaNext * Math.Min(Eta, LargestShare);
        var residual = Math.Sqrt(Math.Max(0, sigmaNext * (double)sigmaNext - up * up));
        var signal = 1.0 - sigmaNext + residual;

        // Neighbouring sigmas magnify rounding a hundredfold: float64, which not every device has, so on the CPU.
        var (x, target) = (sample.cpu().to(ScalarType.Float64), denoised.cpu().to(ScalarType.Float64));
        var slope = (x - target) / ((double)sigma - sigmaNext);
        var clean = x - slope * sigma;
        var moved = (clean + slope * (residual / signal)) * signal + noise.cpu().to(ScalarType.Float64) * up;
        return moved.to(ScalarType.Float32).to(sample.device).MoveToOuterDisposeScope();
    }
}
