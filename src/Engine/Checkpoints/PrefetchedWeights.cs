using MlxVideo.Engine.Weights;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>Weights read before the module that takes them is built. Each is handed out once; the remaining ones are disposed.</summary>
public sealed class PrefetchedWeights : IWeightSource, IDisposable
{
    private readonly Dictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, WeightMatrix> _matrices = new(StringComparer.Ordinal);
    private StagedTensors? _staged;

    /// <summary>Reads weights from another source.</summary>
    public PrefetchedWeights(IWeightSource source, IEnumerable<WeightRequest> requests)
    {
        try
        {
            foreach (var (key, shape, isMatrix) in requests)
            {
                if (isMatrix)
                    _matrices.Add(key, source.ReadMatrix(key, shape[0], shape[1]));
                else
                    _tensors.Add(key, source.Read(key, shape.ToArray()));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool Contains(string key) => _tensors.ContainsKey(key) || _matrices.ContainsKey(key);

    /// <inheritdoc/>
    public Tensor Read(string key, ReadOnlySpan<long> shape)
    {
        if (!_tensors.Remove(key, out var tensor))
            throw NotReadAhead(key);
        if (tensor.shape.AsSpan().SequenceEqual(shape))
            return tensor;
        var found = tensor.shape;
        tensor.Dispose();
        throw Misshapen(key, found, shape);
    }

    /// <inheritdoc/>
    public WeightMatrix ReadMatrix(string key, long rows, long columns)
    {
        if (!_matrices.Remove(key, out var matrix))
            throw NotReadAhead(key);
        if (matrix.Rows == rows && matrix.Columns == columns)
            return matrix;
        long[] found = [matrix.Rows, matrix.Columns];
        matrix.Dispose();
        throw Misshapen(key, found, [rows, columns]);
    }

    /// <summary>Prepares <see cref="UploadTo"/> for a device other than the CPU; any thread may call it.</summary>
    public void Stage()
    {
        List<Tensor> tensors = [.. _tensors.Values, .. _matrices.Values.SelectMany(matrix => matrix.Tensors)];
        _staged = new StagedTensors(tensors);
        tensors.ForEach(tensor => tensor.Dispose());
    }

    /// <summary>Moves staged weights to a device; does nothing when <see cref="Stage"/> was not called.</summary>
    public void UploadTo(Device device)
    {
        if (_staged is null)
            return;
        var copies = new Queue<Tensor>(_staged.MoveTo(device));
        foreach (var key in _tensors.Keys.ToList())
            _tensors[key] = copies.Dequeue();
        foreach (var (key, matrix) in _matrices.ToList())
            _matrices[key] = matrix.With(matrix.Tensors.Select(_ => copies.Dequeue()).ToList());
        _staged.Dispose();
        _staged = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _staged?.Dispose();
        foreach (var tensor in _tensors.Values)
            tensor.Dispose();
        foreach (var matrix in _matrices.Values)
            matrix.Dispose();
        _tensors.Clear();
        _matrices.Clear();
    }

    private static CheckpointException NotReadAhead(string key) => new($"The weight '{key}' was not prefetched.");

    private static CheckpointException Misshapen(string key, long[] found, ReadOnlySpan<long> shape) =>
        new($"The weight '{key}' is [{string.Join(", ", found)}] instead of [{string.Join(", ", shape.ToArray())}].");
}
