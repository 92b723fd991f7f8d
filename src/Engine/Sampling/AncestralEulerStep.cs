using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>The Euler step of a flow model that goes further down and adds noise again (golden/schedule: <c>euler_ancestral</c>).</summary>
/// <param name="Eta">0 for plain Euler, 1 for as much new noise as possible.</param>
/// <param name="NoiseScale">Factor on the new noise.</param>
public sealed record AncestralEulerStep(double Eta = 1, double NoiseScale = 1)
{
    /// <summary>The tokens at the next sigma.</summary>
    /// <param name="sample">(B, T, C)</param>
    /// <param name="denoised">x0.</param>
    /// <param name="noise">Fresh standard normal noise.</param>
    /// <param name="sigma">This step's.</param>
    /// <param name="sigmaNext">The next one's; at 0 the result is x0.</param>
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
