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
            _buffers.Add(group.Key, cat(group.Select(tensor => tensor.flatten()).ToList()));
        foreach (var buffer in _buffers.Values)
            buffer.DetachFromDisposeScope();
    }

    /// <summary>
    /// Returns copies of the tensors on a device, in order, outside any dispose scope, and frees the host buffers. Only the computing
    /// thread may call it.
    /// </summary>
    public IReadOnlyList<Tensor> MoveTo(Device device)
    {
        using var scope = TensorScope.Open();
        var copies = new Tensor[_places.Count];
        foreach (var (dtype, buffer) in _buffers)
        {
            using var onDevice = buffer.to(device);
            foreach (var (index, place) in _places.Index().Where(place => place.Item.Dtype == dtype))
            {
                var elements = place.Shape.Aggregate(1L, (product, size) => product * size);
                copies[index] = onDevice.narrow(0, place.Offset, elements).clone().reshape(place.Shape);
            }

            buffer.Dispose();
        }

        // Only now: if a copy fails, the scope frees the others.
        return copies.Select(copy => copy.DetachFromDisposeScope()).ToList();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in _buffers.Values)
            buffer.Dispose();
    }
}
