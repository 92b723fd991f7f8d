using static TorchSharp.torch;

namespace MlxVideo.Engine.Layers;

/// <summary>How a vector's entries are paired for rotation: config <c>rope_type</c>.</summary>
public enum RotaryLayout
{
    /// <summary>Within each head, entry i of the first half with entry i of the second half (released LTX-2 checkpoints).</summary>
    Split,

    /// <summary>Neighbours (2i, 2i + 1) of the whole vector, before it is cut into heads.</summary>
    Interleaved,
}

/// <summary>
/// Cosines and sines that rotate queries or keys by their tokens' positions; float32 (or the compute dtype), on the device of the queries.
/// </summary>
/// <param name="Cos">Split: (B, heads, T, head_dim / 2); interleaved: (B, T, heads · head_dim). B may be 1.</param>
/// <param name="Sin">Of the shape of <paramref name="Cos"/>.</param>
/// <param name="Layout">How entries are paired.</param>
public sealed record RotaryTable(Tensor Cos, Tensor Sin, RotaryLayout Layout = RotaryLayout.Split) : IDisposable
{
    /// <summary>Rotates and cuts into heads (docs/reference/transformer.md, fact 14).</summary>
    /// <param name="input">(B, T, heads · head_dim)</param>
    /// <param name="heads">Heads.</param>
    /// <returns>(B, heads, T, head_dim), contiguous, in the dtype of <paramref name="input"/>.</returns>
    public Tensor Rotate(Tensor input, long heads)
    {
        using var scope = TensorScope.Open();
        var rotated = Layout == RotaryLayout.Split
            ? RotaryEmbedding.Apply(SplitHeads(input, heads), this)
            : SplitHeads(RotateNeighbours(input), heads);
        return rotated.contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>(B, T, heads · head_dim) to (B, heads, T, head_dim): a view.</summary>
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
