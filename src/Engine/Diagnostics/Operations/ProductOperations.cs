using MlxVideo.Engine.Kernels;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Diagnostics.Operations;

/// <summary>Matrix products.</summary>
internal static class ProductOperations
{
    private const long Hidden = 1024;

    // Drawing all 67 million weights takes longer than the product.
    private const long DrawnRows = 1024;

    /// <summary>All operations of this kind.</summary>
    public static IReadOnlyList<TestedOperation> All { get; } =
    [
        // The text projection. Apple's M1 and M2 read past the end of reductions of 32 767 and more (pytorch#193487).
        new("linear-188160", inputs => [inputs.Normal(32, 188_160), inputs.Normal(32, 188_160)], Linear, Expected),

        // The widest layer of a transformer block.
        new("linear-4096-to-16384", inputs => [inputs.Normal(32, 4096), TallWeight(inputs, 16_384, 4096)], Linear, SampledLinear)
        {
            Sample = SampledColumns,
        },

        // A weight that is stored transposed (pytorch#197796).
        new("linear-transposed-weight", inputs => [inputs.Normal(48, Hidden), inputs.Normal(Hidden, 512)],
            (compute, inputs) => compute.Kernels.Linear(inputs[0], inputs[1].t(), null),
            inputs => Reference.Linear(inputs[0], inputs[1].t())),

        // 3-D inputs: without a bias wrong on M5 (pytorch#180776), with one on M1 (pytorch#188438).
        new("linear-3d", inputs => [inputs.Normal(2, 13, Hidden), inputs.Normal(512, Hidden)], Linear, Expected),
        new("linear-3d-bias", inputs => [inputs.Normal(80, 1, 2), inputs.Normal(192, 2), inputs.Normal(192)], Linear, Expected),
    ];

    private static Tensor Linear(ComputeOptions compute, Tensor[] inputs) =>
        compute.Kernels.Linear(inputs[0], inputs[1], inputs.ElementAtOrDefault(2));

    private static Tensor Expected(Tensor[] inputs) => Reference.Linear(inputs[0], inputs[1], inputs.ElementAtOrDefault(2));

    private static Tensor SampledLinear(Tensor[] inputs)
    {
        using var scope = TensorScope.OpenOnHost();
        var rows = inputs[1].index_select(0, SampledIndices(inputs[1].shape[0]));
        return Reference.Linear(inputs[0], rows).MoveToOuterDisposeScope();
    }

    private static Tensor SampledColumns(Tensor result) => result.index_select(-1, SampledIndices(result.shape[^1]));

    /// <summary>Every 61st index, which is in a different place of each block, and the last one.</summary>
    private static Tensor SampledIndices(long size) => cat([arange(0, size, 61, ScalarType.Int64), tensor(size - 1).view(1)], 0);

    /// <summary>Repeats drawn rows with a different factor each time, so that no two rows are equal.</summary>
    private static Tensor TallWeight(TestInputs inputs, long rows, long columns)
    {
        using var scope = TensorScope.OpenOnHost();
        var factors = arange(1, (rows / DrawnRows) + 1, 1, ScalarType.Float32).view(-1, 1, 1) / (rows / DrawnRows);
        return (factors * inputs.Normal(1, DrawnRows, columns)).view(rows, columns).MoveToOuterDisposeScope();
    }
}
