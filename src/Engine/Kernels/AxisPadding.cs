using static TorchSharp.torch;

namespace MlxVideo.Engine.Kernels;

/// <summary>Pads one axis with narrow, flip, expand and cat: bit-identical on every device, without a 5-D pad kernel.</summary>
internal static class AxisPadding
{
    public static Tensor Pad(Tensor input, int axis, long before, long after, PaddingMode mode)
    {
        using var scope = TensorScope.Open();
        var parts = new List<Tensor>(3);
        if (before > 0)
            parts.Add(Edge(input, axis, before, atStart: true, mode));
        parts.Add(input);
        if (after > 0)
            parts.Add(Edge(input, axis, after, atStart: false, mode));
        return parts.Count == 1 ? input.alias().MoveToOuterDisposeScope() : cat(parts, axis).MoveToOuterDisposeScope();
    }

    private static Tensor Edge(Tensor input, int axis, long count, bool atStart, PaddingMode mode)
    {
        var size = input.shape[axis];
        var shape = input.shape.ToArray();
        shape[axis] = count;
        switch (mode)
        {
            case PaddingMode.Zeros:
                return zeros(shape, input.dtype, input.device);
            case PaddingMode.Replicate:
                return input.narrow(axis, atStart ? 0 : size - 1, 1).expand(shape);
            case PaddingMode.Reflect:
                if (count >= size)
                    throw new ArgumentException(
                        $"Reflecting {count} positions on axis {axis} needs more than its {size} positions.", nameof(count));
                var mirrored = input.narrow(axis, atStart ? 1 : size - 1 - count, count);
                return count == 1 ? mirrored : DeviceOperations.Reverse(mirrored, axis);
            default:
                throw new ArgumentOutOfRangeException(nameof(mode), mode, "Unknown padding mode.");
        }
    }
}
