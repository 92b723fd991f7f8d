using static TorchSharp.torch;

namespace MlxVideo.Engine.Layers;

/// <summary>Pairing of a vector's entries for rotation: config <c>rope_type</c>.</summary>
public enum RotaryLayout
{
    /// <summary>Within each head, entry i of the first half with entry i of the second half (released LTX-2 checkpoints).</summary>
    Split,

    /// <summary>Neighbours (2i, 2i + 1) of the whole vector, before it is split into heads.</summary>
    Interleaved,
}

/// <summary>
/// Cosines and sines that rotate queries or keys by token position; float32 (or the compute dtype), on the device of the queries.
/// </summary>
/// <param name="Cos">Split: (B, heads, T, head_dim / 2); interleaved: (B, T, heads · head_dim). B may be 1.</param>
/// <param name="Sin">Shaped like <paramref name="Cos"/>.</param>
public sealed record RotaryTable(Tensor Cos, Tensor Sin, RotaryLayout Layout = RotaryLayout.Split) : IDisposable
{
    /// <summary>Rotates the input and splits it into heads (docs/reference/transformer.md, fact 14).</summary>
    /// <param name="input">(B, T, heads · head_dim)</param>
    /// <returns>(B, heads, T, head_dim), contiguous, in the dtype of <paramref name="input"/>.</returns>
    public Tensor Rotate(Tensor input, long heads)
    {
        using var scope = TensorScope.Open();
        var rotated = Layout == RotaryLayout.Split
            ? RotaryEmbedding.Apply(SplitHeads(input, heads), this)
            : SplitHeads(RotateNeighbours(input), heads);
        return rotated.contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Returns a (B, heads, T, head_dim) view of (B, T, heads · head_dim).</summary>
    public static Tensor SplitHeads(Tensor input, long heads)
    {
        using var scope = TensorScope.Open();
        return input.view(input.shape[0], input.shape[1], heads, -1).transpose(1, 2).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Cos.Dispose();
        Sin.Dispose();
    }

    private Tensor RotateNeighbours(Tensor x)
    {
        var pairs = x.view(x.shape[0], x.shape[1], -1, 2);
        var turned = stack([pairs.select(-1, 1).neg(), pairs.select(-1, 0)], -1).flatten(-2);
        return (x * Cos + turned * Sin).to(x.dtype);
    }
}
