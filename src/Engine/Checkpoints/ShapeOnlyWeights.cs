using MlxVideo.Engine.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Records the keys and shapes that modules request, without any weights: tensors are on libtorch's meta device, where even the real
/// models occupy no memory. Build modules with <see cref="Kernels.ComputeOptions"/> on <see cref="Device"/>.
/// </summary>
/// <param name="contains">Whether an optional weight exists; by default none does, since configurations never require one.</param>
public sealed class ShapeOnlyWeights(Func<string, bool>? contains = null) : IWeightSource
{
    private readonly SortedDictionary<string, IReadOnlyList<long>> _shapes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _matrices = new(StringComparer.Ordinal);

    /// <summary>The device of the tensors.</summary>
    public static Device Device { get; } = new(DeviceType.META);

    /// <summary>The shape of every key requested so far.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<long>> Shapes => _shapes;

    /// <summary>Every weight requested so far, in key order.</summary>
    public IEnumerable<WeightRequest> Requests =>
        _shapes.Select(entry => new WeightRequest(entry.Key, entry.Value, _matrices.Contains(entry.Key)));

    /// <inheritdoc/>
    public bool Contains(string key) => contains?.Invoke(key) ?? false;

    /// <inheritdoc/>
    /// <exception cref="CheckpointException">Two modules request one key with different shapes.</exception>
    public Tensor Read(string key, ReadOnlySpan<long> shape)
    {
        var sizes = shape.ToArray();
        if (!_shapes.TryAdd(key, sizes) && !_shapes[key].SequenceEqual(sizes))
            throw new CheckpointException(
                $"'{key}' is requested with the shapes [{string.Join(", ", _shapes[key])}] and [{string.Join(", ", sizes)}].");
        return empty(sizes, ScalarType.Float32, Device).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public WeightMatrix ReadMatrix(string key, long rows, long columns)
    {
        _matrices.Add(key);
        return new DenseMatrix(Read(key, [rows, columns]));
    }
}
