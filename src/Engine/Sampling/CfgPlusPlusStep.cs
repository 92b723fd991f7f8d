using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// The ancestral Euler step whose direction comes from the unconditional prediction and whose target from the guided one
/// (golden/schedule: <c>euler_cfgpp</c>).
/// </summary>
/// <param name="Eta">0 adds no new noise.</param>
public sealed record CfgPlusPlusStep(double Eta = 1)
{
    /// <summary>The tokens at the next sigma.</summary>
    /// <param name="sample">(B, T, C)</param>
    /// <param name="denoised">The guided x0.</param>
    /// <param name="unconditional">The unconditional x0.</param>
    /// <param name="noise">Fresh standard normal noise.</param>
    /// <param name="sigma">This step's.</param>
    /// <param name="sigmaNext">The next one's.</param>
    public Tensor Apply(Tensor sample, Tensor denoised, Tensor unconditional, Tensor noise, float sigma, float sigmaNext)
    {
        using var scope = TensorScope.Open();
        var direction = (sample - unconditional * (1 - sigma)) / sigma;

        // A flow's sample is (1 − sigma) times one whose noise has the ratio sigma / (1 − sigma); there ancestral steps are the usual ones.
        var signal = 1.0 - sigmaNext;
        var next = sigmaNext / signal;
        var now = sigma / (1.0 - sigma);
        var fall = double.IsPositiveInfinity(now) ? 1 : Math.Sqrt(Math.Max(0, now * now - next * next)) / now;
        var up = Math.Min(next, Eta * next * fall);
        var down = Math.Sqrt(Math.Max(0, next * next - up * up));
        return (denoised * (float)signal + direction * (float)(signal * down) + noise * (float)(signal * up)).MoveToOuterDisposeScope();
    }
}
