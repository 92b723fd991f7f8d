using MlxVideo.Engine.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Records which keys and shapes modules ask for, without any weights: tensors live on libtorch's meta device, so even
/// the real models take no memory. Build with <see cref="Kernels.ComputeOptions"/> on <see cref="Device"/>.
/// </summary>
public sealed class ShapeOnlyWeights : IWeightSource
{
    private readonly SortedDictionary<string, IReadOnlyList<long>> _shapes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _matrices = new(StringComparer.Ordinal);

    /// <summary>The device of its tensors.</summary>
    public static Device Device { get; } = new(DeviceType.META);

    /// <summary>Every key asked for so far, and its shape.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<long>> Shapes => _shapes;

    /// <summary>Every weight asked for so far, by key.</summary>
    public IEnumerable<WeightRequest> Requests =>
        _shapes.Select(entry => new WeightRequest(entry.Key, entry.Value, _matrices.Contains(entry.Key)));

    /// <inheritdoc/>
    /// <remarks>Never true: optional weights are those that a configuration does not ask for.</remarks>
    public bool Contains(string key) => false;

    /// <inheritdoc/>
    /// <exception cref="CheckpointException">Two modules ask for one key with different shapes.</exception>
    public Tensor Read(string key, ReadOnlySpan<long> shape)
    {
        var sizes = shape.ToArray();
        if (!_shapes.TryAdd(key, sizes) && !_shapes[key].SequenceEqual(sizes))
            throw new CheckpointException(
                $"'{key}' is asked for as [{string.Join(", ", _shapes[key])}] and as [{string.Join(", ", sizes)}].");
        return empty(sizes, ScalarType.Float32, Device).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public WeightMatrix ReadMatrix(string key, long rows, long columns)
    {
        _matrices.Add(key);
        return new DenseMatrix(Read(key, [rows, columns]));
    }
}
