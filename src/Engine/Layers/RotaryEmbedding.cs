using static TorchSharp.torch;

namespace MlxVideo.Engine.Layers;

/// <summary>Cosines and sines of rotary positions, each (B, heads, T, head_dim/2), float32 or the compute dtype.</summary>
public sealed record RotaryTable(Tensor Cos, Tensor Sin) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Cos.Dispose();
        Sin.Dispose();
    }
}

/// <summary>
/// Split rotary position embedding over one or more axes (README-dit, facts 12 to 14): the frequencies of all axes are
/// laid across the heads, so that heads differ; missing entries are padded in front.
/// </summary>
public static class RotaryEmbedding
{
    /// <summary>
    /// The table of token positions. The grid is made in float64 and rounded to float32; the product with the positions,
    /// cosines and sines are float32, in this order of operations: arguments reach 15 700 rad, so order matters.
    /// </summary>
    /// <param name="positions">(B, axes, T) midpoints, float32, on the CPU.</param>
    /// <param name="maxPositions">One for each axis.</param>
    /// <param name="theta">Base of the frequencies.</param>
    /// <param name="heads">Heads that the table is cut into.</param>
    /// <param name="dim">heads × head_dim.</param>
    public static RotaryTable Table(Tensor positions, IReadOnlyList<double> maxPositions, double theta, long heads, long dim)
    {
        using var scope = NewDisposeScope();
        var axes = positions.shape[1];
        var limits = tensor(maxPositions.Select(limit => (float)limit).ToArray()).view(1, axes, 1);
        var centred = positions / limits * 2 - 1;
        var frequencies = Frequencies(theta, dim / (2 * axes));

        // (B, axes, T, n) -> (B, T, n, axes): frequency-major, axis fastest.
        var angles = (centred.unsqueeze(-1) * frequencies).permute(0, 2, 3, 1).flatten(2);
        return new RotaryTable(
            Heads(angles.cos(), heads, dim, 1).MoveToOuterDisposeScope(),
            Heads(angles.sin(), heads, dim, 0).MoveToOuterDisposeScope());
    }

    /// <summary>Rotates x (B, heads, T, head_dim): first half a, second half b become a·cos − b·sin and b·cos + a·sin.</summary>
    public static Tensor Apply(Tensor x, RotaryTable table)
    {
        using var scope = NewDisposeScope();
        var half = x.shape[^1] / 2;
        var (first, second) = (x.narrow(-1, 0, half), x.narrow(-1, half, half));
        return cat([first * table.Cos - second * table.Sin, second * table.Cos + first * table.Sin], -1).to(x.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>θ^(k/(n−1))·π/2 for k = 0 … n−1, computed in float64, returned in float32.</summary>
    private static Tensor Frequencies(double theta, long count) =>
        tensor(Enumerable.Range(0, (int)count).Select(k => (float)(Math.Pow(theta, count == 1 ? 0 : k / (double)(count - 1)) * Math.PI / 2)).ToArray());

    private static Tensor Heads(Tensor values, long heads, long dim, float filling)
    {
        using var scope = NewDisposeScope();
        var (batch, tokens) = (values.shape[0], values.shape[1]);
        var padding = dim / 2 - values.shape[2];
        var padded = padding == 0 ? values : cat([full([batch, tokens, padding], filling, dtype: values.dtype), values], -1);
        return padded.view(batch, tokens, heads, -1).transpose(1, 2).contiguous().MoveToOuterDisposeScope();
    }
}
