using static TorchSharp.torch;

namespace MlxVideo.Engine.Text.Generation;

/// <summary>Conversion of a model's scores to token probabilities; tensors are (vocabulary), float32, on the CPU.</summary>
public static class TokenScores
{
    /// <summary>Makes each token of <paramref name="history"/> less likely, regardless of its number of occurrences.</summary>
    public static Tensor Penalize(Tensor logits, IEnumerable<long> history, double penalty)
    {
        using var scope = TensorScope.Open();
        var ids = tensor(history.Distinct().ToArray());
        var scores = logits.index_select(0, ids);
        var penalized = where(scores.gt(0), scores / penalty, scores * penalty);
        return logits.index_copy(0, ids, penalized).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Returns true for the tokens that top-p keeps: the cumulative probability from the least likely token up to the token itself exceeds
    /// 1 − p.
    /// </summary>
    public static Tensor KeptByTopP(Tensor logProbabilities, double p)
    {
        using var scope = TensorScope.Open();
        var (ascending, order) = logProbabilities.exp().sort(-1);
        var kept = ascending.cumsum(-1).gt(1 - p);
        return zeros_like(kept).index_copy(0, order, kept).MoveToOuterDisposeScope();
    }

    /// <summary>Returns true for the <paramref name="k"/> likeliest tokens.</summary>
    public static Tensor KeptByTopK(Tensor logProbabilities, int k)
    {
        using var scope = TensorScope.Open();
        var (_, order) = logProbabilities.topk((int)Math.Min(k, logProbabilities.numel()));
        return zeros(logProbabilities.shape, ScalarType.Bool).index_fill(0, order, true).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the probabilities for drawing a token.</summary>
    /// <param name="logProbabilities">After the penalty; the probabilities sum to 1.</param>
    /// <param name="settings">Temperature above 0, top-p, top-k.</param>
    public static Tensor Probabilities(Tensor logProbabilities, SamplingSettings settings)
    {
        using var scope = TensorScope.Open();
        var kept = logProbabilities;
        if (settings.TopP is > 0 and < 1)
            kept = kept.masked_fill(KeptByTopP(logProbabilities, settings.TopP).logical_not(), float.NegativeInfinity);
        if (settings.TopK > 0)
            kept = kept.masked_fill(KeptByTopK(kept, settings.TopK).logical_not(), float.NegativeInfinity);
        return (kept / settings.Temperature).softmax(-1).MoveToOuterDisposeScope();
    }
}
