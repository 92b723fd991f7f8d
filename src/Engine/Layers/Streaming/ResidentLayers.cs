namespace MlxVideo.Engine.Layers.Streaming;

/// <summary>Layers that all stay in memory; disposes them.</summary>
public sealed class ResidentLayers<TLayer>(IEnumerable<TLayer> layers) : ILayerSequence<TLayer>
    where TLayer : class, IDisposable
{
    private readonly TLayer[] _layers = [.. layers];

    /// <inheritdoc/>
    public int Count => _layers.Length;

    /// <inheritdoc/>
    public TLayer Take(int index) => _layers[index];

    /// <inheritdoc/>
    public void Release(TLayer layer)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var layer in _layers)
            layer.Dispose();
    }
}
