using MlxVideo.Engine.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Layers.Streaming;

/// <summary>
/// Layers of a model that does not fit into memory. The first ones stay resident; the others are in memory only while needed. A background
/// thread reads the next layers' weights from the mapped checkpoint into main memory, and the computing thread creates the layers, because
/// only one thread may access the device. Weights and results are bit-identical to <see cref="ResidentLayers{TLayer}"/>.
/// </summary>
public sealed class StreamedLayers<TLayer> : ILayerSequence<TLayer>
    where TLayer : class, IDisposable
{
    /// <summary>Layers in memory in addition to the resident ones: one that runs while the next one is read.</summary>
    private const int StreamedAtOnce = 2;

    /// <summary>Layers read ahead, also while the resident ones are read for the first time: they are held in main memory.</summary>
    private const int ReadAhead = 1;

    private readonly Device _device;
    private readonly Func<IWeightSource, int, TLayer> _build;
    private readonly IDisposable? _checkpoint;
    private readonly CyclicPrefetch<PrefetchedWeights> _prefetch;
    private readonly TLayer?[] _resident;

    /// <summary>Starts reading the first layers.</summary>
    /// <param name="count">Number of layers.</param>
    /// <param name="window">Maximum number of layers in memory, including the running one; 2 or more enable read-ahead.</param>
    /// <param name="device">Device of the layers.</param>
    /// <param name="read">Reads the weights of a layer by its index; runs on the background thread.</param>
    /// <param name="build">Creates a layer from its weights; runs on the computing thread.</param>
    /// <param name="checkpoint">Source of <paramref name="read"/>; disposed with the layers.</param>
    public StreamedLayers(
        int count, int window, Device device, Func<int, PrefetchedWeights> read, Func<IWeightSource, int, TLayer> build,
        IDisposable? checkpoint = null)
    {
        (_device, _build, _checkpoint) = (device, build, checkpoint);
        _resident = new TLayer?[Math.Clamp(window - StreamedAtOnce, 0, count - 1)];
        _prefetch = new CyclicPrefetch<PrefetchedWeights>(
            count, window, device.type == DeviceType.CPU ? read : Staged, _resident.Length, ReadAhead);

        PrefetchedWeights Staged(int index)
        {
            var weights = read(index);
            try
            {
                weights.Stage();
                return weights;
            }
            catch
            {
                weights.Dispose();
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public int Count => _prefetch.Count;

    /// <inheritdoc/>
    public TLayer Take(int index)
    {
        if (index < _resident.Length && _resident[index] is { } resident)
            return resident;
        var weights = _prefetch.Take(index);
        try
        {
            weights.UploadTo(_device);
            var layer = _build(weights, index);
            if (index < _resident.Length)
                _resident[index] = layer;
            return layer;
        }
        catch
        {
            _prefetch.Return();
            throw;
        }
        finally
        {
            weights.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Release(TLayer layer)
    {
        if (Array.IndexOf(_resident, layer) >= 0)
            return;
        layer.Dispose();
        _prefetch.Return();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _prefetch.Dispose();
        foreach (var layer in _resident)
            layer?.Dispose();
        _checkpoint?.Dispose();
    }
}
