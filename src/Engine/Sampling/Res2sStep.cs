using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// Stochastic step of the second-order sampler in the official high-quality pipeline (golden/schedule: <c>res2s</c>).
/// </summary>
/// <param name="Eta">Share of new noise in the next sigma.</param>
public sealed record Res2sStep(double Eta = 0.5)
{
    // New noise must not make up all of the next sigma.
    private const double LargestShare = 0.9999;

    /// <summary>Returns the tokens at the next sigma.</summary>
    /// <param name="sample">(B, T, C)</param>
    /// <param name="denoised">Result of a deterministic step over the whole interval.</param>
    /// <param name="noise">Fresh standard normal noise.</param>
    /// <param name="sigmaNext">At 0 the result is <paramref name="denoised"/>.</param>
    public Tensor Apply(Tensor sample, Tensor denoised, Tensor noise, double sigma, double sigmaNext)
    {
        if (sigmaNext == 0 || Eta == 0)
            return denoised.clone();
        using var scope = TensorScope.OpenOnHost();
        var up = sigmaNext * Math.Min(Eta, LargestShare);
        var residual = Math.Sqrt(Math.Max(0, sigmaNext * sigmaNext - up * up));
        var signal = 1.0 - sigmaNext + residual;

        // Close sigmas amplify rounding a hundredfold, so this uses float64, on the CPU because not every device supports it.
        var (x, target) = (sample.cpu().to(ScalarType.Float64), denoised.cpu().to(ScalarType.Float64));
        var slope = (x - target) / (sigma - sigmaNext);
        var clean = x - slope * sigma;
        var moved = (clean + slope * (residual / signal)) * signal + noise.cpu().to(ScalarType.Float64) * up;
        return moved.to(ScalarType.Float32).to(sample.device).MoveToOuterDisposeScope();
    }
}
