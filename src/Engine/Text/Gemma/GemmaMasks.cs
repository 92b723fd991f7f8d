using static TorchSharp.torch;

namespace MlxVideo.Engine.Text.Gemma;

/// <summary>Gemma's attention masks, always explicit: Metal's built-in causal flag leaks later tokens.</summary>
internal static class GemmaMasks
{
    /// <summary>Additive (B, 1, S, S): a query sees tokens from <paramref name="window"/> − 1 before it up to itself.</summary>
    public static Tensor Causal(Tensor mask, long window, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var tokens = mask.shape[1];
        var positions = arange(tokens, ScalarType.Int64);
        var distance = positions.unsqueeze(1) - positions.unsqueeze(0);
        var visible = distance.ge(0).logical_and(distance.lt(window)).unsqueeze(0).logical_and(mask.cpu().ne(0).unsqueeze(1));

        // Rows of padding see nothing; a finite value keeps their softmax a number, and nobody reads them.
        var additive = zeros([mask.shape[0], tokens, tokens], ScalarType.Float32).masked_fill(visible.logical_not(), float.MinValue / 2);
        return additive.unsqueeze(1).to(dtype, device).MoveToOuterDisposeScope();
    }
}
