using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Weights;

/// <summary>A weight that is stored smaller than it is multiplied: rows are expanded when they are used, a bounded number at a time.</summary>
public abstract class PackedMatrix : WeightMatrix
{
    /// <summary>Elements expanded at once: 64 MiB in float32, and a whole 4096 × 4096 layer.</summary>
    public const long ElementsAtOnce = 1L << 24;

    /// <inheritdoc/>
    public override Tensor Product(TensorKernels kernels, Tensor input, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        var parts = Chunks().Select(chunk => Multiply(kernels, input, chunk.Start, chunk.Count, bias)).ToList();
        return (parts.Count == 1 ? parts[0] : cat(parts, -1)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Expand()
    {
        using var scope = NewDisposeScope();
        var parts = Chunks().Select(chunk => ExpandRows(chunk.Start, chunk.Count)).ToList();
        return (parts.Count == 1 ? parts[0] : cat(parts, 0)).MoveToOuterDisposeScope();
    }

    /// <summary>These rows (count, in) in the compute dtype.</summary>
    protected abstract Tensor ExpandRows(long start, long count);

    /// <summary>Ranges of rows that are expanded together.</summary>
    internal static IEnumerable<(long Start, long Count)> ChunksOf(long rows, long columns)
    {
        var size = Math.Max(1, ElementsAtOnce / columns);
        for (long start = 0; start < rows; start += size)
            yield return (start, Math.Min(size, rows - start));
    }

    private IEnumerable<(long Start, long Count)> Chunks() => ChunksOf(Rows, Columns);

    private Tensor Multiply(TensorKernels kernels, Tensor input, long start, long count, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        var part = bias is null || count == Rows ? bias : bias.narrow(0, start, count);
        return kernels.Linear(input, ExpandRows(start, count), part).MoveToOuterDisposeScope();
    }
}
