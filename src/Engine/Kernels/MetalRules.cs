using static TorchSharp.torch;

namespace MlxVideo.Engine.Kernels;

/// <summary>Restrictions on Metal tensors; strict mode applies them to the CPU's tensors.</summary>
public static class MetalRules
{
    /// <summary>Describes why Metal does not support a tensor; null when it does.</summary>
    public static string? Error(Tensor tensor)
    {
        var dtype = tensor.dtype;
        if (dtype is ScalarType.Float64 or ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64)
            return $"a tensor [{string.Join(", ", tensor.shape)}] of {dtype}, which Metal does not support";
        return TensorLimits.Metal.Allows(dtype, tensor.shape)
            ? null
            : $"a tensor [{string.Join(", ", tensor.shape)}] of {dtype}, which is too large for Metal";
    }
}
