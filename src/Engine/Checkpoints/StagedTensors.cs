using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Tensors joined into one host buffer per dtype, and copied to a device together: a Metal device waits for its queue at every transfer
/// from the host, and a transformer block has about 70 tensors. On the device, each tensor gets memory of its own, because some Metal
/// operations copy a tensor that starts inside a buffer on every use.
/// </summary>
public sealed class StagedTensors : IDisposable
{
    private readonly List<(ScalarType Dtype, long Offset, long[] Shape)> _places = [];
    private readonly Dictionary<ScalarType, Tensor> _buffers = [];

    /// <summary>Copies the tensors, which must be on the host; any thread may call it.</summary>
    public StagedTensors(IReadOnlyList<Tensor> tensors)
    {
        using var scope = TensorScope.OpenOnHost();
        var ends = new Dictionary<ScalarType, long>();
        foreach (var tensor in tensors)
        {
            var offset = ends.GetValueOrDefault(tensor.dtype);
            _places.Add((tensor.dtype, offset, tensor.shape));
            ends[tensor.dtype] = offset + tensor.numel();
        }

        foreach (var group in tensors.GroupBy(tensor => tensor.dtype))
            _buffers.Add(group.Key, cat(group.Select(tensor => tensor.flatten()).ToList()).DetachFromDisposeScope());
    }

    /// <summary>
    /// Returns copies of the tensors on a device, in order, outside any dispose scope. Only the computing thread may call it.
    /// </summary>
    public IReadOnlyList<Tensor> CopyTo(Device device)
    {
        using var scope = TensorScope.Open();
        var onDevice = _buffers.ToDictionary(buffer => buffer.Key, buffer => buffer.Value.to(device));
        return _places.Select(
            place => onDevice[place.Dtype].narrow(0, place.Offset, place.Shape.Aggregate(1L, (product, size) => product * size))
            .clone().reshape(place.Shape).DetachFromDisposeScope()).ToList();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in _buffers.Values)
            buffer.Dispose();
    }
}
