using static TorchSharp.torch;

namespace MlxVideo.Engine.Kernels;

/// <summary>What no tensor on a Metal device may be: strict mode holds the CPU's tensors to it.</summary>
public static class MetalRules
{
    /// <summary>What is wrong with a tensor; null when Metal has its like.</summary>
    public static string? Fault(Tensor tensor)
    {
        var dtype = tensor.dtype;
        if (dtype is ScalarType.Float64 or ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64)
            return $"a tensor [{string.Join(", ", tensor.shape)}] of {dtype}, which Metal does not have";
        return TensorLimits.Metal.Allows(dtype, tensor.shape)
            ? null
            : $"a tensor [{string.Join(", ", tensor.shape)}] of {dtype}, which is too large for Metal";
    }
}
