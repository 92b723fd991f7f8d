using static TorchSharp.torch;

namespace MlxVideo.Engine.Text.Gemma;

/// <summary>Gemma's attention masks, always explicit: Metal's built-in causal flag leaks later tokens.</summary>
internal static class GemmaMasks
{
    /// <summary>
    /// Additive (B, 1, queries, keys): each of the last tokens' queries sees the tokens from <paramref name="window"/> − 1
    /// before it up to itself, padding excepted.
    /// </summary>
    /// <param name="mask">(B, T): 1 for tokens, 0 for padding, of all tokens so far.</param>
    /// <param name="queries">How many of the last tokens ask.</param>
    /// <param name="keys">How many of the last tokens can be seen.</param>
    /// <param name="window">Keys that a query sees, itself included.</param>
    /// <param name="dtype">Dtype of the result.</param>
    /// <param name="device">Device of the result.</param>
    public static Tensor Causal(Tensor mask, long queries, long keys, long window, ScalarType dtype, Device device)
    {
        using var scope = TensorScope.Open();
        var tokens = mask.shape[1];
        var positions = arange(tokens, ScalarType.Int64);
        var distance = positions.narrow(0, tokens - queries, queries).unsqueeze(1) - positions.narrow(0, tokens - keys, keys).unsqueeze(0);
        var isToken = mask.cpu().ne(0).narrow(1, tokens - keys, keys).unsqueeze(1);
        var visible = distance.ge(0).logical_and(distance.lt(window)).unsqueeze(0).logical_and(isToken);

        // Rows of padding see nothing; a finite value keeps their softmax a number, and nobody reads them.
        var additive = zeros(visible.shape, ScalarType.Float32).masked_fill(visible.logical_not(), float.MinValue / 2);
        return additive.unsqueeze(1).to(dtype, device).MoveToOuterDisposeScope();
    }
}
