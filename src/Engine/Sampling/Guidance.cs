using MlxVideo.Shared.Renders;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// Combines the evaluations of a guided step, on x0 instead of velocities, over all tokens, in float32
/// (docs/reference/transformer.md, section 5).
/// </summary>
public static class Guidance
{
    /// <summary>
    /// Returns cond + (cfg − 1)(cond − uncond) + stg (cond − perturbed) + (modality − 1)(cond − isolated), rescaled by the factor
    /// r · std(cond) / std(prediction) + 1 − r.
    /// </summary>
    /// <param name="evaluations">x0 (B, T, C) per evaluation; evaluations disabled by their scale are not accessed.</param>
    public static Tensor Combine(GuidanceSettings settings, IReadOnlyDictionary<GuidanceEvaluation, Tensor> evaluations)
    {
        using var scope = TensorScope.Open();
        var conditional = evaluations[GuidanceEvaluation.Conditional];
        var prediction = conditional.alias();
        Push(GuidanceEvaluation.Unconditional, settings.CfgScale - 1);
        Push(GuidanceEvaluation.Perturbed, settings.StgScale);
        Push(GuidanceEvaluation.Isolated, settings.ModalityScale - 1);
        if (settings.RescaleScale != 0)
            prediction = Rescale(prediction, conditional, settings.RescaleScale);
        return prediction.MoveToOuterDisposeScope();

        void Push(GuidanceEvaluation evaluation, double scale)
        {
            if (scale != 0)
                prediction = prediction + (conditional - evaluations[evaluation]) * (float)scale;
        }
    }

    private static Tensor Rescale(Tensor prediction, Tensor conditional, double scale)
    {
        var factor = conditional.std() / prediction.std();
        return prediction * (factor * (float)scale + (float)(1 - scale));
    }
}
