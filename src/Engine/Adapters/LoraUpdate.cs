using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Adapters;

/// <summary>The matrix (out, in) that an adapter adds to a layer's weight, as stored.</summary>
/// <param name="Scale">The layer's scale (<see cref="LoraScales"/>) times the scales of 8-bit float factors.</param>
public abstract record LoraUpdate(double Scale)
{
    /// <summary>Output features.</summary>
    public abstract long Rows { get; }

    /// <summary>Input features.</summary>
    public abstract long Columns { get; }

    /// <summary>Rank of the decomposition; null when nothing is decomposed.</summary>
    public abstract long? Rank { get; }
}

/// <summary>LoRA: scale · B A.</summary>
/// <param name="Down">A, (r, in).</param>
/// <param name="Up">B, (out, r).</param>
public sealed record LowRankUpdate(TensorEntry Down, TensorEntry Up, double Scale) : LoraUpdate(Scale)
{
    /// <inheritdoc/>
    public override long Rows => Up.Shape[0];

    /// <inheritdoc/>
    public override long Columns => Down.Shape[1];

    /// <inheritdoc/>
    public override long? Rank => Down.Shape[0];
}

/// <summary>LoKr: scale · L ⊗ R, the Kronecker product of two small matrices.</summary>
/// <param name="Left">L, (a, b).</param>
/// <param name="Right">R, (c, d), where a · c = out and b · d = in.</param>
public sealed record KroneckerUpdate(StoredFactor Left, StoredFactor Right, double Scale) : LoraUpdate(Scale)
{
    /// <inheritdoc/>
    public override long Rows => Left.Rows * Right.Rows;

    /// <inheritdoc/>
    public override long Columns => Left.Columns * Right.Columns;

    /// <inheritdoc/>
    public override long? Rank => Right.Rank ?? Left.Rank;
}

/// <summary>A stored matrix, whole or as a product of two.</summary>
/// <param name="First">The matrix, or the first factor (rows, r).</param>
/// <param name="Second">The second factor (r, columns); null for a whole matrix.</param>
public sealed record StoredFactor(TensorEntry First, TensorEntry? Second = null)
{
    public long Rows => First.Shape[0];

    public long Columns => (Second ?? First).Shape[1];

    /// <summary>Rank of a decomposed matrix; null for a whole one.</summary>
    public long? Rank => Second?.Shape[0];
}
