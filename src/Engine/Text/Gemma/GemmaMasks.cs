using static TorchSharp.torch;

namespace MlxVideo.Engine.Text.Gemma;

/// <summary>Gemma's attention masks, always explicit because Metal's built-in causal flag leaks later tokens.</summary>
internal static class GemmaMasks
{
    /// <summary>
    /// Returns an additive mask (B, 1, queries, keys): each query sees itself and the <paramref name="window"/> − 1 tokens before it,
    /// except padding.
    /// </summary>
    /// <param name="mask">(B, T), all tokens so far: 1 for tokens, 0 for padding.</param>
    /// <param name="queries">Number of last tokens that are queries.</param>
    /// <param name="keys">Number of last tokens that are keys.</param>
    /// <param name="window">Number of keys visible to a query, including its own.</param>
    public static Tensor Causal(Tensor mask, long queries, long keys, long window, ScalarType dtype, Device device)
    {
        using var scope = TensorScope.Open();
        var tokens = mask.shape[1];
        var positions = arange(tokens, ScalarType.Int64);
        var distance = positions.narrow(0, tokens - queries, queries).unsqueeze(1) - positions.narrow(0, tokens - keys, keys).unsqueeze(0);
        var isToken = mask.cpu().ne(0).narrow(1, tokens - keys, keys).unsqueeze(1);
        var visible = distance.ge(0).logical_and(distance.lt(window)).unsqueeze(0).logical_and(isToken);

        // Padding rows see nothing: a finite value prevents NaN in their softmax, and their results are never read.
        var additive = zeros(visible.shape, ScalarType.Float32).masked_fill(visible.logical_not(), float.MinValue / 2);
        return additive.unsqueeze(1).to(dtype, device).MoveToOuterDisposeScope();
    }
}
