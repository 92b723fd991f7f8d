using static TorchSharp.torch;

namespace MlxVideo.Engine.Transformer;

/// <summary>Masks as addends to attention scores (docs/reference/transformer.md, fact 15).</summary>
internal static class AdditiveMasks
{
    /// <summary>(B, L) of 1 and 0 to (B, 1, 1, L) of 0 and the lowest float.</summary>
    public static Tensor? OfContext(Tensor? mask, ScalarType dtype)
    {
        if (mask is null)
            return null;
        using var scope = TensorScope.Open();
        var additive = (mask.to(ScalarType.Float32) - 1) * -Lowest(dtype);
        return additive.to(dtype).unsqueeze(1).unsqueeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>(B, T, T) of weights in 0 … 1 to (B, 1, T, T) of their logarithms; 0 becomes the lowest float.</summary>
    public static Tensor? OfWeights(Tensor? weights, ScalarType dtype)
    {
        if (weights is null)
            return null;
        using var scope = TensorScope.Open();
        var additive = weights.to(ScalarType.Float32).log().clamp(min: Lowest(dtype));
        return additive.to(dtype).unsqueeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the dtype's lowest finite value: float32's would become −∞ in bfloat16, and a row of −∞ gives NaN.</summary>
    private static float Lowest(ScalarType dtype) => dtype switch
    {
        ScalarType.BFloat16 => BitConverter.Int32BitsToSingle(unchecked((int)0xFF7F0000)),
        ScalarType.Float16 => (float)Half.MinValue,
        _ => float.MinValue,
    };
}
