using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Benchmarks.Measuring;

/// <summary>Random input tensors for replayed calls, one for each name, shape and dtype.</summary>
/// <param name="device">Device of the tensors.</param>
public sealed class TensorPool(Device device) : IDisposable
{
    private readonly Dictionary<string, Tensor> _tensors = [];

    /// <summary>Returns the tensor for a name, shape and dtype; created on first use.</summary>
    public Tensor Take(string name, long[] shape, ScalarType dtype)
    {
        var key = $"{name} {dtype} {string.Join(' ', shape)}";
        if (!_tensors.TryGetValue(key, out var tensor))
            _tensors.Add(key, tensor = randn(shape, dtype, device).DetachFromDisposeScope());
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
