using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// Ancestral Euler step of a flow model: steps below the next sigma, then adds fresh noise (golden/schedule: <c>euler_ancestral</c>).
/// </summary>
/// <param name="Eta">0 for plain Euler, 1 for the maximum of new noise.</param>
/// <param name="NoiseScale">Factor on the new noise.</param>
public sealed record AncestralEulerStep(double Eta = 1, double NoiseScale = 1)
{
    /// <summary>Returns the tokens at the next sigma.</summary>
    /// <param name="sample">(B, T, C)</param>
    /// <param name="denoised">x0.</param>
    /// <param name="noise">Fresh standard normal noise.</param>
    /// <param name="sigmaNext">At 0 the result is x0.</param>
    public Tensor Apply(Tensor sample, Tensor denoised, Tensor noise, float sigma, float sigmaNext)
    {
        if (sigmaNext == 0)
            return denoised.clone();
        using var scope = TensorScope.Open();
        var down = sigmaNext * (1 + (sigmaNext / sigma - 1) * Eta);
        var ratio = (float)(down / sigma);
        var moved = sample * ratio + denoised * (1 - ratio);
        if (Eta <= 0)
            return moved.MoveToOuterDisposeScope();
        var signal = (1 - sigmaNext) / (1 - down);
        var renoise = Math.Sqrt(Math.Max(0, sigmaNext * (double)sigmaNext - down * down * signal * signal));
        return (moved * (float)signal + noise * (float)(renoise * NoiseScale)).MoveToOuterDisposeScope();
    }
}
