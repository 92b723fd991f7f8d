using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Benchmarks.Measuring;

/// <summary>Random tensors that calls without the engine are made with: one for each name, shape and dtype.</summary>
public sealed class TensorPool : IDisposable
{
    private readonly Dictionary<string, Tensor> _tensors = [];

    /// <summary>The tensor of a shape; made when first asked for.</summary>
    public Tensor Take(string name, long[] shape, ScalarType dtype)
    {
        var key = $"{name} {dtype} {string.Join(' ', shape)}";
        if (!_tensors.TryGetValue(key, out var tensor))
            _tensors.Add(key, tensor = randn(shape, dtype).DetachFromDisposeScope());
        return tensor;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _tensors.Values)
            tensor.Dispose();
        _tensors.Clear();
    }
}
