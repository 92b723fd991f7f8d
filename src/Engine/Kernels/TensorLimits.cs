using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Kernels;

/// <summary>
/// How large a tensor may be before a device computes wrongly or aborts. Metal indexes with 31 bits and its array
/// temporaries end at 4 GiB (pytorch#143859, pytorch#84039).
/// </summary>
/// <param name="MaxElements">Most elements.</param>
/// <param name="MaxBytes">Most bytes.</param>
public sealed record TensorLimits(long MaxElements, long MaxBytes)
{
    /// <summary>Metal's.</summary>
    public static TensorLimits Metal { get; } = new((1L << 31) - 1, (1L << 32) - 1);

    /// <summary>Throws unless a tensor may be made.</summary>
    /// <exception cref="TensorTooLargeException">It would be too large.</exception>
    public void Require(ScalarType dtype, params ReadOnlySpan<long> shape)
    {
        if (!Allows(dtype, shape))
            throw new TensorTooLargeException($"A tensor of [{string.Join(", ", shape.ToArray())}] {dtype} is larger than this device "
                + $"computes with ({MaxElements} elements, {MaxBytes} bytes); render a smaller or shorter clip.");
    }

    /// <summary>True when a tensor may be made.</summary>
    public bool Allows(ScalarType dtype, params ReadOnlySpan<long> shape)
    {
        UInt128 elements = 1;
        foreach (var size in shape)
            elements *= (UInt128)size;
        return elements <= (UInt128)MaxElements && elements * (UInt128)dtype.ElementSize() <= (UInt128)MaxBytes;
    }
}

/// <summary>A computation would need a tensor that the device can't compute with.</summary>
public sealed class TensorTooLargeException(string message) : Exception(message);
