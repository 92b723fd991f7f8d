using MlxVideo.Engine.Kernels;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Devices;

/// <summary>Restrictions on tensors and operations on Metal, which <see cref="StrictMode"/> applies to the CPU's.</summary>
internal static class MetalRules
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

    /// <summary>Describes why Metal computes an operation incorrectly; null when it is correct.</summary>
    public static string? Error(DeviceOperation operation) => operation.Kind switch
    {
        // pytorch#169342 (strided inputs with more than one image) and #192212 (strided weights).
        DeviceOperationKind.Convolution when Strided(operation) is { } operand =>
            $"a convolution of a strided tensor [{string.Join(", ", operand.shape)}], which Metal computes incorrectly",
        DeviceOperationKind.MatrixProduct when operation.Length > MetalSafeKernels.MaxReduction =>
            $"a matrix product over {operation.Length} positions; with more than {MetalSafeKernels.MaxReduction}, some Macs read past the "
                + "end",
        DeviceOperationKind.Reversal when operation.Length < 2 =>
            "a reversal of a single position, which does nothing",
        DeviceOperationKind.InPlace when Strided(operation) is { } operand =>
            $"an in-place operation on a strided tensor [{string.Join(", ", operand.shape)}], which Metal may not write to",
        _ => null,
    };

    private static Tensor? Strided(DeviceOperation operation) => operation.Operands.FirstOrDefault(operand => !operand.is_contiguous());
}
