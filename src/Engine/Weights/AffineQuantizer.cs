using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Weights;

/// <summary>
/// Quantizes dense weights to exactly the bytes that MLX produces on the CPU (docs/reference/text.md, section 5). Each group keeps the
/// end of its range that is larger in magnitude exactly; the other end may be clipped by up to one step.
/// </summary>
public static class AffineQuantizer
{
    private const double SmallestScale = 1e-7;

    /// <summary>Quantizes a weight (out, in) on the CPU, which remains owned by the caller. Scales and biases get its dtype.</summary>
    /// <exception cref="ArgumentException">The number of columns is not a multiple of the group size.</exception>
    public static AffineMatrix Quantize(Tensor weight, AffineFormat format)
    {
        var (rows, columns) = (weight.shape[0], weight.shape[1]);
        if (columns % format.GroupSize != 0)
            throw new ArgumentException(
                $"A weight of {columns} columns can't be quantized in groups of {format.GroupSize}.", nameof(weight));
        using var scope = TensorScope.Open();
        var packed = empty([rows, columns * format.Bits / 8], ScalarType.Byte);
        var scales = empty([rows, columns / format.GroupSize], weight.dtype);
        var biases = empty_like(scales);
        foreach (var (start, count) in PackedMatrix.ChunksOf(rows, columns, PackedMatrix.ElementsInCache))
        {
            using var chunk = TensorScope.Open();
            var groups = weight.narrow(0, start, count).to(ScalarType.Float32).view(count, -1, format.GroupSize);
            var (codes, scale, bias) = Codes(groups, (1 << format.Bits) - 1);
            packed.narrow(0, start, count).copy_(AffinePacking.Pack(codes.view(count, columns), format));
            scales.narrow(0, start, count).copy_(scale.squeeze(-1));
            biases.narrow(0, start, count).copy_(bias.squeeze(-1));
        }

        return new AffineMatrix(format, packed.DetachFromDisposeScope(), scales.DetachFromDisposeScope(), biases.DetachFromDisposeScope());
    }

    /// <summary>Computes codes (rows, groups, group size), scales and biases (rows, groups, 1), all float32.</summary>
    private static (Tensor Codes, Tensor Scale, Tensor Bias) Codes(Tensor groups, int largest)
    {
        var lowest = groups.amin([-1], keepdim: true);
        var highest = groups.amax([-1], keepdim: true);
        var step = ((highest - lowest) / largest).clamp_min(SmallestScale);
        var edgeIsLow = lowest.abs().gt(highest.abs());
        var edge = where(edgeIsLow, lowest, highest);
        var signed = where(edgeIsLow, step, step.neg());
        var edgeCode = (edge / signed).round();
        var isZero = edgeCode.eq(0);
        var scale = where(isZero, signed, edge / edgeCode);
        var bias = where(isZero, zeros_like(edge), edge);
        return (((groups - bias) / scale).round().clamp(0, largest), scale, bias);
    }
}
