using static TorchSharp.torch;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>Weights that were read before the module that takes them is built. Each is handed out once; the rest is disposed.</summary>
public sealed class HeldWeights : IWeightSource, IDisposable
{
    private readonly Dictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);

    /// <summary>Reads weights from another source.</summary>
    /// <param name="source">The source.</param>
    /// <param name="entries">Keys and shapes of what to read.</param>
    public HeldWeights(IWeightSource source, IEnumerable<(string Key, IReadOnlyList<long> Shape)> entries)
    {
        try
        {
            foreach (var (key, shape) in entries)
                _tensors.Add(key, source.Read(key, shape.ToArray()));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool Contains(string key) => _tensors.ContainsKey(key);

    /// <inheritdoc/>
    public Tensor Read(string key, ReadOnlySpan<long> shape)
    {
        if (!_tensors.Remove(key, out var tensor))
            throw new CheckpointException($"The weight '{key}' was not read ahead.");
        if (tensor.shape.AsSpan().SequenceEqual(shape))
            return tensor;
        var found = string.Join(", ", tensor.shape);
        tensor.Dispose();
        throw new CheckpointException($"The weight '{key}' is [{found}] instead of [{string.Join(", ", shape.ToArray())}].");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _tensors.Values)
            tensor.Dispose();
        _tensors.Clear();
    }
}
