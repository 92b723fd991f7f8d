using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Weights;

/// <summary>A weight stored in fewer bytes than it is multiplied in: rows are expanded on use, a bounded number at a time.</summary>
public abstract class PackedMatrix : WeightMatrix
{
    /// <summary>Elements multiplied at once, and expanded at once on a device: 64 MiB in float32, a whole layer of 4096 × 4096.</summary>
    public const long ElementsAtOnce = 1L << 24;

    /// <summary>Elements processed at once on the CPU: intermediate results then stay in its caches (two to three times faster).</summary>
    internal const long ElementsInCache = 1L << 19;

    /// <summary>Device type of the tensors.</summary>
    protected abstract DeviceType DeviceType { get; }

    /// <inheritdoc/>
    public override Tensor Product(TensorKernels kernels, Tensor input, Tensor? bias)
    {
        using var scope = TensorScope.Open();
        var parts = ChunksOf(Rows, Columns, ElementsAtOnce)
            .Select(chunk => Multiply(kernels, input, chunk.Start, chunk.Count, bias)).ToList();
        return (parts.Count == 1 ? parts[0] : cat(parts, -1)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Expand() => Expand(0, Rows);

    /// <summary>Expands these rows to (count, in) in the compute dtype.</summary>
    protected abstract Tensor ExpandRows(long start, long count);

    /// <summary>Splits the rows into ranges of at most <paramref name="elements"/> elements, but at least one row.</summary>
    internal static IEnumerable<(long Start, long Count)> ChunksOf(long rows, long columns, long elements)
    {
        var size = Math.Max(1, elements / columns);
        for (long start = 0; start < rows; start += size)
            yield return (start, Math.Min(size, rows - start));
    }

    private Tensor Expand(long start, long count)
    {
        using var scope = TensorScope.Open();
        var parts = ChunksOf(count, Columns, DeviceType == DeviceType.CPU ? ElementsInCache : ElementsAtOnce)
            .Select(chunk => ExpandRows(start + chunk.Start, chunk.Count)).ToList();
        return (parts.Count == 1 ? parts[0] : cat(parts, 0)).MoveToOuterDisposeScope();
    }

    private Tensor Multiply(TensorKernels kernels, Tensor input, long start, long count, Tensor? bias)
    {
        using var scope = TensorScope.Open();
        var part = bias is null || count == Rows ? bias : bias.narrow(0, start, count);
        return kernels.Linear(input, Expand(start, count), part).MoveToOuterDisposeScope();
    }
}
