using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Layers;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Diagnostics.Operations;

/// <summary>Attention, its softmax, and the rotation of its inputs.</summary>
internal static class AttentionOperations
{
    private const long HeadDim = 128;
    private const long Tokens = 6144; // of 768 x 512 x 121
    private const double MaxPosition = 20;
    private const double Theta = 10_000;

    /// <summary>All operations of this kind.</summary>
    public static IReadOnlyList<TestedOperation> All { get; } =
    [
        // Permuted inputs (pytorch#181133), and off the CPU enough scores for the Metal-safe kernels to split the queries.
        new("attention-6144-tokens",
            inputs => inputs.IsCpu
                ? [inputs.Normal(1, 32, 2, HeadDim), inputs.Normal(1, Tokens, 2, HeadDim), inputs.Normal(1, Tokens, 2, HeadDim)]
                : [inputs.Normal(1, Tokens, 8, HeadDim), inputs.Normal(1, Tokens, 8, HeadDim), inputs.Normal(1, Tokens, 8, HeadDim)],
            Attention,
            inputs => Expected([SampledTokens(inputs[0], axis: 1), inputs[1], inputs[2]]))
        {
            Sample = result => SampledTokens(result, axis: 2),
        },

        // The tokens of 1920 x 1088 x 129: the product with the values reduces over more than 32 767 keys (pytorch#195163).
        new("attention-34680-keys",
            inputs => [inputs.Normal(1, 32, 2, 64), inputs.Normal(1, 34_680, 2, 64), inputs.Normal(1, 34_680, 2, 64)], Attention, Expected),

        // Few queries use other kernels, which read out of bounds (pytorch#174861).
        new("attention-one-query",
            inputs => [inputs.Normal(1, 1, 8, HeadDim), inputs.Normal(1, 1000, 8, HeadDim), inputs.Normal(1, 1000, 8, HeadDim)],
            Attention, Expected),

        // Long rows of scores (pytorch#190791).
        Softmax("softmax-6144", Tokens),
        Softmax("softmax-30720", 30_720),

        // Products of slices of heads.
        new("rotary-embedding", inputs => [inputs.Normal(1, 1536, 8 * HeadDim)], Rotate, RotateInFloat64),
    ];

    private static TestedOperation Softmax(string name, long keys) => new(
        name, inputs => [inputs.Normal(32, keys)], (_, inputs) => inputs[0].to(ScalarType.Float32).softmax(-1),
        inputs => Reference.Softmax(inputs[0]));

    /// <param name="inputs">Queries, keys and values as (1, T, heads, head_dim).</param>
    private static Tensor Attention(ComputeOptions compute, Tensor[] inputs) => compute.Kernels.Attention(
        inputs[0].transpose(1, 2), inputs[1].transpose(1, 2), inputs[2].transpose(1, 2), null, 1 / Math.Sqrt(inputs[0].shape[^1]));

    private static Tensor Expected(Tensor[] inputs) => Reference.Attention(
        inputs[0].transpose(1, 2), inputs[1].transpose(1, 2), inputs[2].transpose(1, 2), 1 / Math.Sqrt(inputs[0].shape[^1]));

    /// <summary>Every 97th token, which is at a different place of each chunk, and the last one.</summary>
    private static Tensor SampledTokens(Tensor values, int axis)
    {
        using var scope = TensorScope.OpenOnHost();
        var size = values.shape[axis];
        var indices = cat([arange(0, size, 97, ScalarType.Int64), tensor(size - 1).view(1)], 0);
        return values.index_select(axis, indices).MoveToOuterDisposeScope();
    }

    private static Tensor Rotate(ComputeOptions compute, Tensor[] inputs)
    {
        using var scope = TensorScope.Open();
        var table = Table(inputs[0]);
        var onDevice = new RotaryTable(table.Cos.to(compute.Device), table.Sin.to(compute.Device));
        return onDevice.Rotate(inputs[0], inputs[0].shape[^1] / HeadDim).MoveToOuterDisposeScope();
    }

    private static Tensor RotateInFloat64(Tensor[] inputs)
    {
        using var scope = TensorScope.OpenOnHost();
        var table = Table(inputs[0]);
        return Reference.Rotate(RotaryTable.SplitHeads(inputs[0], inputs[0].shape[^1] / HeadDim), table.Cos, table.Sin)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The table of consecutive positions, which is always computed on the CPU.</summary>
    private static RotaryTable Table(Tensor tokens)
    {
        using var scope = TensorScope.OpenOnHost();
        var positions = linspace(0, MaxPosition, tokens.shape[1], ScalarType.Float32).view(1, 1, -1);
        var table = RotaryEmbedding.Table(positions, [MaxPosition], Theta, tokens.shape[^1] / HeadDim, tokens.shape[^1]);
        return new RotaryTable(table.Cos.MoveToOuterDisposeScope(), table.Sin.MoveToOuterDisposeScope(), table.Layout);
    }
}
