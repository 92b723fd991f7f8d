namespace MlxVideo.Engine.Layers.Streaming;

/// <summary>Provides a model's equal layers in sequence, resident or streamed from the checkpoint.</summary>
public interface ILayerSequence<TLayer> : IDisposable
    where TLayer : class, IDisposable
{
    /// <summary>Number of layers.</summary>
    int Count { get; }

    /// <summary>Returns a layer that is ready to run; layers are requested in order, each once per evaluation.</summary>
    TLayer Take(int index);

    /// <summary>Releases a layer after its use in an evaluation.</summary>
    void Release(TLayer layer);
}
