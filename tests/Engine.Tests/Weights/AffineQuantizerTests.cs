using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MlxVideo.Engine.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Weights;

public sealed class AffineQuantizerTests
{
    [Property(MaxTest = 300, Arbitrary = [typeof(Matrices)])]
    public bool Quantization_error_is_at_most_one_step(RandomMatrix random)
    {
        using var scope = NewDisposeScope();
        var weight = random.Values();
        using var quantized = AffineQuantizer.Quantize(weight, random.Format);
        var groups = weight.view(random.Rows, -1, random.Format.GroupSize);
        var range = groups.amax([-1], keepdim: true) - groups.amin([-1], keepdim: true);
        var rounding = groups.abs().amax([-1], keepdim: true) * 1e-5 + 1e-7;
        var error = (quantized.Expand().view(groups.shape) - groups).abs();
        return (error - range / ((1 << random.Format.Bits) - 1) - rounding).max().item<float>() <= 0;
    }

    [Property(MaxTest = 300, Arbitrary = [typeof(Matrices)])]
    public bool Requantizing_expanded_values_changes_them_only_slightly(RandomMatrix random)
    {
        using var scope = NewDisposeScope();
        using var once = AffineQuantizer.Quantize(random.Values(), random.Format);
        var expanded = once.Expand();
        using var twice = AffineQuantizer.Quantize(expanded, random.Format);
        var largest = expanded.abs().max().item<float>();
        return (twice.Expand() - expanded).abs().max().item<float>() <= largest / ((1 << random.Format.Bits) - 1) * 2 + 1e-6;
    }

    [Property(MaxTest = 300, Arbitrary = [typeof(Matrices)])]
    public bool Packed_codes_form_a_continuous_bit_stream_and_unpack_unchanged(RandomMatrix random)
    {
        using var scope = NewDisposeScope();
        var codes = random.Codes();
        var packed =
            AffinePacking.Pack(tensor(codes.Select(code => (float)code).ToArray()).view(random.Rows, random.Columns), random.Format);
        var back = AffinePacking.Unpack(packed, random.Format).data<float>().ToArray();
        return packed.bytes.SequenceEqual(BitStream(codes, random.Format.Bits)) && back.SequenceEqual(codes.Select(code => (float)code));
    }

    [Fact]
    public void Large_matrices_are_expanded_in_chunks_with_identical_results()
    {
        using var scope = NewDisposeScope();
        var columns = 4096L;
        var rows = (PackedMatrix.ElementsAtOnce / columns * 2) + 3;
        var weight = linspace(-1, 1, 64).repeat(rows, columns / 64);
        using var quantized = AffineQuantizer.Quantize(weight, new AffineFormat(4, 64));
        var first = quantized.SelectRows(tensor(new long[] { 0 }));
        Assert.Equal(0, (quantized.Expand() - first).abs().max().item<float>());
        var product = quantized.Product(new Kernels.PlainKernels(), ones(1, columns), arange(rows, ScalarType.Float32));
        var expected = arange(rows, ScalarType.Float32) + first.sum();
        Assert.Equal(0, (product - expected).abs().max().item<float>(), 0.1);
    }

    [Fact]
    public void Incomplete_groups_and_unsupported_formats_are_refused()
    {
        using var weight = zeros(2, 96);
        Assert.Contains(
            "groups of 64", Assert.Throws<ArgumentException>(() => AffineQuantizer.Quantize(weight, new AffineFormat(4, 64))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new AffineFormat(7, 64));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AffineFormat(4, 16));
    }

    /// <summary>Reference implementation of the layout, bit by bit.</summary>
    private static byte[] BitStream(int[] codes, int bits)
    {
        var bytes = new byte[codes.Length * bits / 8];
        for (var position = 0; position < codes.Length * bits; position++)
        {
            if ((codes[position / bits] >> (position % bits) & 1) != 0)
                bytes[position / 8] |= (byte)(1 << (position % 8));
        }

        return bytes;
    }

    /// <summary>A seeded random matrix with a given spread and offset, including all-zero and constant groups.</summary>
    public sealed record RandomMatrix(int Seed, int Rows, int Groups, AffineFormat Format, double Spread, double Offset)
    {
        public int Columns => Groups * Format.GroupSize;

        public Tensor Values()
        {
            var random = new Random(Seed);
            var values = new float[Rows * Columns];
            for (var i = 0; i < values.Length; i++)
            {
                var kind = (i / Format.GroupSize) % 5;
                values[i] = kind == 3 ? 0 : (float)((kind == 4 ? 1 : random.NextDouble() - 0.5) * Spread + Offset);
            }

            return tensor(values).view(Rows, Columns);
        }

        public int[] Codes()
        {
            var random = new Random(Seed);
            return Enumerable.Range(0, Rows * Columns).Select(_ => random.Next(1 << Format.Bits)).ToArray();
        }
    }

    public static class Matrices
    {
        public static Arbitrary<RandomMatrix> Any() => (
            from seed in Gen.Choose(0, int.MaxValue)
            from rows in Gen.Choose(1, 5)
            from groups in Gen.Choose(1, 6)
            from bits in Gen.Elements(2, 3, 4, 5, 6, 8)
            from size in Gen.Elements(32, 64, 128)
            from spread in Gen.Elements(1e-9, 1e-3, 1.0, 100.0)
            from offset in Gen.Elements(0.0, 0.3, -2.0)
            select new RandomMatrix(seed, rows, groups, new AffineFormat(bits, size), spread, offset)).ToArbitrary();
    }
}
