using MlxVideo.Shared.Renders;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// Combines the evaluations of a guided step. It acts on x0, not on velocities, over all tokens, in float32
/// (docs/reference/transformer.md, section 5).
/// </summary>
public static class Guidance
{
    /// <summary>
    /// cond + (cfg − 1)(cond − uncond) + stg (cond − perturbed) + (modality − 1)(cond − isolated), then its spread drawn
    /// back: times r · std(cond) / std(prediction) + 1 − r.
    /// </summary>
    /// <param name="settings">The scales.</param>
    /// <param name="evaluations">x0 (B, T, C) of the evaluations that were run; those a scale leaves off are not looked at.</param>
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
