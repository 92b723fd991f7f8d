using static TorchSharp.torch;

namespace MlxVideo.Engine.Diagnostics.Operations;

/// <summary>Norms and the reductions that they need.</summary>
internal static class NormOperations
{
    private const double Epsilon = 1e-6;
    private const long Groups = 32;

    /// <summary>All operations of this kind.</summary>
    public static IReadOnlyList<TestedOperation> All { get; } =
    [
        // At the width of the upsampler and of the decoder's first blocks.
        new("group-norm-1024-channels",
            inputs => [inputs.Normal(1, 1024, 4, 16, 16), inputs.Normal(1024), inputs.Normal(1024)],
            (compute, inputs) => compute.Kernels.GroupNorm(inputs[0], Groups, inputs[1], inputs[2], Epsilon),
            inputs => Reference.GroupNorm(inputs[0], Groups, inputs[1], inputs[2], Epsilon)),

        new("rms-norm", inputs => [inputs.Normal(64, 4096), inputs.Normal(4096)],
            (compute, inputs) => compute.Kernels.RmsNorm(inputs[0], Epsilon, inputs[1]),
            inputs => Reference.RmsNorm(inputs[0], inputs[1], Epsilon)),

        // The range of the hidden states of valid tokens, which normalises the text encoder's output.
        new("masked-extremes", inputs => [inputs.Normal(2, 64, 1024), FirstTokens(2, 64, valid: 40)],
            (_, inputs) => Extremes(inputs[0], inputs[1]), inputs => Extremes(inputs[0].narrow(1, 0, 40)))
        {
            IsExact = true,
            InFloat32 = true,
        },
    ];

    private static Tensor Extremes(Tensor values, Tensor mask)
    {
        using var scope = TensorScope.Open();
        var invalid = mask.eq(0).unsqueeze(-1);
        var low = values.masked_fill(invalid, float.PositiveInfinity).amin([1, 2], keepdim: true);
        var high = values.masked_fill(invalid, float.NegativeInfinity).amax([1, 2], keepdim: true);
        return cat([low, high], 1).MoveToOuterDisposeScope();
    }

    /// <summary>Sorts, which shares no code with the reductions.</summary>
    private static Tensor Extremes(Tensor valid)
    {
        using var scope = TensorScope.OpenOnHost();
        var (ascending, _) = valid.flatten(1).sort(-1);
        return stack([ascending.select(1, 0), ascending.select(1, -1)], 1).unsqueeze(-1).MoveToOuterDisposeScope();
    }

    private static Tensor FirstTokens(long batch, long tokens, long valid) =>
        arange(tokens, ScalarType.Int64).lt(valid).to(ScalarType.Int64).unsqueeze(0).repeat(batch, 1);
}
