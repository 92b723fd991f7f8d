using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Weights;

/// <summary>
/// Packs codes into MLX's bytes and unpacks them. Each row is one bit stream, lowest bit first (docs/reference/text.md, section 5). The
/// arithmetic uses small integers in float32, which is exact and also correct on Metal: with libtorch 2.10, shifts of bytes are wrong
/// there in views that begin at an odd address (pytorch#182822).
/// </summary>
public static class AffinePacking
{
    /// <summary>Unpacks bytes (rows, columns · bits / 8), uint8, into codes (rows, columns), float32.</summary>
    public static Tensor Unpack(Tensor packed, AffineFormat format)
    {
        if (format.Bits == 8)
            return packed.to(ScalarType.Float32);
        using var scope = TensorScope.Open();

        // Convert to floats before slicing: views of bytes would begin at odd addresses.
        var units = packed.to(ScalarType.Float32).view(packed.shape[0], -1, format.UnitBytes);
        var bytes = Enumerable.Range(0, format.UnitBytes).Select(index => units.select(2, index));
        return stack(Regroup(bytes, 8, format.Bits), -1).flatten(1).MoveToOuterDisposeScope();
    }

    /// <summary>Packs codes (rows, columns), integers in float32, into bytes (rows, columns · bits / 8), uint8.</summary>
    public static Tensor Pack(Tensor codes, AffineFormat format)
    {
        using var scope = TensorScope.Open();
        var units = codes.view(codes.shape[0], -1, format.UnitCodes);
        var values = Enumerable.Range(0, format.UnitCodes).Select(index => units.select(2, index));
        return stack(Regroup(values, format.Bits, 8), -1).flatten(1).to(ScalarType.Byte).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Regroups numbers of <paramref name="from"/> bits, read as one bit stream, into numbers of <paramref name="to"/> bits.
    /// </summary>
    private static List<Tensor> Regroup(IEnumerable<Tensor> numbers, int from, int to)
    {
        var regrouped = new List<Tensor>();
        Tensor? rest = null;
        var held = 0;
        foreach (var number in numbers)
        {
            rest = rest is null ? number : rest.add(number, 1 << held);
            held += from;
            for (; held > to; held -= to)
            {
                var higher = (rest * (1.0 / (1 << to))).floor();
                regrouped.Add(rest.add(higher, -(1 << to)));
                rest = higher;
            }

            if (held == to)
            {
                regrouped.Add(rest);
                (rest, held) = (null, 0);
            }
        }

        return regrouped;
    }
}
