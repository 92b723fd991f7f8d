using MlxVideo.Shared.Renders;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// Combines the passes of a guided step. It acts on x0, not on velocities, over all tokens, in float32
/// (docs/reference/transformer.md, section 5).
/// </summary>
public static class Guidance
{
    /// <summary>
    /// cond + (cfg − 1)(cond − uncond) + stg (cond − perturbed) + (modality − 1)(cond − isolated), then its spread drawn
    /// back: times r · std(cond) / std(prediction) + 1 − r.
    /// </summary>
    /// <param name="settings">The scales.</param>
    /// <param name="passes">x0 (B, T, C) of the passes that were run; those a scale leaves off are not looked at.</param>
    public static Tensor Combine(GuidanceSettings settings, IReadOnlyDictionary<GuidancePass, Tensor> passes)
    {
        using var scope = TensorScope.Open();
        var conditional = passes[GuidancePass.Conditional];
        var prediction = conditional.alias();
        Push(GuidancePass.Unconditional, settings.CfgScale - 1);
        Push(GuidancePass.Perturbed, settings.StgScale);
        Push(GuidancePass.Isolated, settings.ModalityScale - 1);
        if (settings.RescaleScale != 0)
            prediction = Rescale(prediction, conditional, settings.RescaleScale);
        return prediction.MoveToOuterDisposeScope();

        void Push(GuidancePass pass, double scale)
        {
            if (scale != 0)
                prediction = prediction + (conditional - passes[pass]) * (float)scale;
        }
    }

    private static Tensor Rescale(Tensor prediction, Tensor conditional, double scale)
    {
        var factor = conditional.std() / prediction.std();
        return prediction * (factor * (float)scale + (float)(1 - scale));
    }
}
