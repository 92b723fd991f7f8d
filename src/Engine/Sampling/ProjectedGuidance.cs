using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// Guidance by projection (golden/schedule: <c>apg</c>, <c>cfgstar</c>): the push away from the unconditional prediction
/// is split, sample by sample over all of its values, into a part along a prediction and a part across it. Tensors are
/// x0 (B, T, C), float32.
/// </summary>
public static class ProjectedGuidance
{
    /// <summary>⟨value, onto⟩ / ⟨onto, onto⟩ of each sample: (B, 1).</summary>
    public static Tensor Coefficient(Tensor value, Tensor onto)
    {
        using var scope = TensorScope.Open();
        var (a, b) = (value.flatten(1), onto.flatten(1));
        return ((a * b).sum([1], keepdim: true) / ((b * b).sum([1], keepdim: true) + 1e-8f)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// CFG*: what is to be added to the conditional prediction, (scale − 1)(cond − s · uncond), s scaling uncond to cond's direction.
    /// </summary>
    public static Tensor ScaledUnconditional(Tensor conditional, Tensor unconditional, double scale)
    {
        using var scope = TensorScope.Open();
        var along = Coefficient(conditional, unconditional).unsqueeze(-1) * unconditional;
        return ((conditional - along) * (float)(scale - 1)).MoveToOuterDisposeScope();
    }

    /// <summary>APG: a push cut to a norm, its part along the conditional prediction weakened, times a factor.</summary>
    /// <param name="push">cond − uncond.</param>
    /// <param name="conditional">The prediction that is pushed.</param>
    /// <param name="factor">Scale of the result.</param>
    /// <param name="eta">Share of the part along <paramref name="conditional"/> that is kept.</param>
    /// <param name="normThreshold">Largest norm of a sample's push; 0 for none.</param>
    public static Tensor Push(Tensor push, Tensor conditional, double factor, double eta, double normThreshold)
    {
        using var scope = TensorScope.Open();
        var cut = normThreshold > 0 ? push * (normThreshold / Norm(push)).clamp(max: 1) : push.alias();
        var along = Coefficient(cut, conditional).unsqueeze(-1) * conditional;
        return ((cut - along + along * (float)eta) * (float)factor).MoveToOuterDisposeScope();
    }

    private static Tensor Norm(Tensor push)
    {
        using var scope = TensorScope.Open();
        return push.flatten(1).square().sum([1], keepdim: true).sqrt().unsqueeze(-1).MoveToOuterDisposeScope();
    }
}
