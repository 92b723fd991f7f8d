using static TorchSharp.torch;

namespace MlxVideo.Engine.Layers;

/// <summary>
/// Rotary position embedding over one or more axes (docs/reference/transformer.md, facts 12 to 14). The frequencies of all axes are
/// distributed across the heads, which makes heads differ; missing entries are padded at the front.
/// </summary>
public static class RotaryEmbedding
{
    /// <summary>
    /// Computes the table of token positions on the CPU. The products of frequencies and positions, the cosines and the sines are
    /// float32, in this order of operations: arguments reach 15 700 rad, where the order matters.
    /// </summary>
    /// <param name="positions">(B, axes, T) midpoints, float32.</param>
    /// <param name="maxPositions">One per axis: config <c>positional_embedding_max_pos</c>.</param>
    /// <param name="theta">Base of the frequencies: config <c>positional_embedding_theta</c>.</param>
    /// <param name="heads">Number of heads in the table.</param>
    /// <param name="dim">heads × head_dim.</param>
    /// <param name="layout">Pairing of entries: config <c>rope_type</c>.</param>
    /// <param name="doublePrecisionGrid">
    /// True to compute frequencies in float64 and then round them: config <c>frequencies_precision</c>.
    /// </param>
    public static RotaryTable Table(
        Tensor positions,
        IReadOnlyList<double> maxPositions,
        double theta,
        long heads,
        long dim,
        RotaryLayout layout = RotaryLayout.Split,
        bool doublePrecisionGrid = true)
    {
        using var scope = TensorScope.Open();
        var axes = positions.shape[1];
        if (axes != maxPositions.Count)
            throw new ArgumentException(
                $"Positions have {axes} axes, but the configuration has {maxPositions.Count} maximum positions.", nameof(positions));
        var limits = tensor(maxPositions.Select(limit => (float)limit).ToArray()).view(1, axes, 1);
        var centred = positions.cpu() / limits * 2 - 1;
        var frequencies = Frequencies(theta, dim / (2 * axes), doublePrecisionGrid);

        // (B, axes, T, n) -> (B, T, n, axes): frequency-major, axis fastest.
        var angles = (centred.unsqueeze(-1) * frequencies).permute(0, 2, 3, 1).flatten(2);
        return new RotaryTable(
            Spread(angles.cos(), 1, heads, dim, layout).MoveToOuterDisposeScope(),
            Spread(angles.sin(), 0, heads, dim, layout).MoveToOuterDisposeScope(),
            layout);
    }

    /// <summary>
    /// Rotates x (B, heads, T, head_dim): the first half a and the second half b become a·cos − b·sin and b·cos + a·sin, in the wider
    /// of both dtypes.
    /// </summary>
    public static Tensor Apply(Tensor x, RotaryTable table)
    {
        using var scope = TensorScope.Open();
        var half = x.shape[^1] / 2;
        var wide = x.to(promote_types(x.dtype, table.Cos.dtype));
        var (first, second) = (wide.narrow(-1, 0, half), wide.narrow(-1, half, half));

        // The table comes first: its stride order, that of heads, carries over to the result. addcmul_ would be one operation fewer, but
        // on Metal it runs through a graph that mishandles strided operands.
        var left = (table.Cos * first).sub_(table.Sin * second);
        var right = (table.Cos * second).add_(table.Sin * first);
        return cat([left, right], -1).to(x.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Returns θ^(k/(n−1))·π/2 for k = 0 … n−1: (n), float32.</summary>
    public static Tensor Frequencies(double theta, long count, bool doublePrecision)
    {
        using var scope = TensorScope.Open();
        if (!doublePrecision)
        {
            var exponents = linspace(0, 1, count, ScalarType.Float32);
            return (tensor((float)theta).pow(exponents) * (Math.PI / 2)).MoveToOuterDisposeScope();
        }

        var frequencies = Enumerable.Range(0, (int)count)
            .Select(k => (float)(Math.Pow(theta, count == 1 ? 0 : k / (double)(count - 1)) * Math.PI / 2));
        return tensor(frequencies.ToArray()).MoveToOuterDisposeScope();
    }

    private static Tensor Spread(Tensor values, float filling, long heads, long dim, RotaryLayout layout)
    {
        using var scope = TensorScope.Open();
        var entries = layout == RotaryLayout.Split ? values : values.repeat_interleave(2, -1);
        var padding = (layout == RotaryLayout.Split ? dim / 2 : dim) - entries.shape[2];
        if (padding > 0)
            entries = cat([full([values.shape[0], values.shape[1], padding], filling), entries], -1);
        var placed = layout == RotaryLayout.Split ? RotaryTable.SplitHeads(entries.contiguous(), heads) : entries;
        return placed.contiguous().MoveToOuterDisposeScope();
    }
}
