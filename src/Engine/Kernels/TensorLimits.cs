using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Kernels;

/// <summary>
/// Largest tensor that a device computes with correctly and without aborting. Metal indexes with 31 bits, and its array temporaries end
/// at 4 GiB (pytorch#143859, pytorch#84039).
/// </summary>
public sealed record TensorLimits(long MaxElements, long MaxBytes)
{
    public static TensorLimits Metal { get; } = new((1L << 31) - 1, (1L << 32) - 1);

    /// <summary>Throws when a tensor would exceed the limits.</summary>
    /// <exception cref="TensorTooLargeException">The tensor would be too large.</exception>
    public void Require(ScalarType dtype, params ReadOnlySpan<long> shape)
    {
        if (!Allows(dtype, shape))
            throw new TensorTooLargeException($"A tensor of [{string.Join(", ", shape.ToArray())}] {dtype} exceeds this device's limits "
                + $"({MaxElements} elements, {MaxBytes} bytes); render a smaller or shorter clip.");
    }

    /// <summary>Returns true when a tensor is within the limits.</summary>
    public bool Allows(ScalarType dtype, params ReadOnlySpan<long> shape)
    {
        UInt128 elements = 1;
        foreach (var size in shape)
            elements *= (UInt128)size;
        return elements <= (UInt128)MaxElements && elements * (UInt128)dtype.ElementSize() <= (UInt128)MaxBytes;
    }
}

/// <summary>Thrown when a computation would need a tensor that exceeds the device's limits.</summary>
public sealed class TensorTooLargeException(string message) : Exception(message);
