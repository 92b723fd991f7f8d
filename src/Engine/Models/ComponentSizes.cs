using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Engine.Models;

/// <summary>
/// Sizes in memory of a model's components, computed from keys and shapes alone, once per component. Not safe for concurrent use.
/// </summary>
public sealed class ComponentSizes(ModelLoader loader, ModelConfigs configs)
{
    private readonly Dictionary<ModelComponent, (ComponentSize Size, StreamableSize? Streamable)> _known = [];

    /// <summary>The sizes of all components of the model.</summary>
    public IReadOnlyList<ComponentSize> All =>
        Enum.GetValues<ModelComponent>().Where(IsInModel).Select(Of).ToList();

    /// <summary>Returns the size of one component.</summary>
    public ComponentSize Of(ModelComponent component) => Known(component).Size;

    /// <summary>Returns the size of a component that can be streamed; null for others.</summary>
    public StreamableSize? StreamableOf(ModelComponent component) => Known(component).Streamable;

    private bool IsInModel(ModelComponent component) => component switch
    {
        ModelComponent.AudioDecoder or ModelComponent.AudioEncoder => configs.HasAudio,
        ModelComponent.Upsampler => configs.Upsamplers.Count > 0,
        _ => true,
    };

    private (ComponentSize Size, StreamableSize? Streamable) Known(ModelComponent component)
    {
        if (!_known.TryGetValue(component, out var known))
        {
            known = Measure(component);
            _known.Add(component, known);
        }

        return known;
    }

    private (ComponentSize Size, StreamableSize? Streamable) Measure(ModelComponent component)
    {
        if (loader.StreamableSizeOf(component) is { } streamable)
            return (new ComponentSize(component, streamable.All, ResidencyPolicy.MinimumBytes(streamable)), streamable);
        var bytes = loader.BytesOf(component);
        return (new ComponentSize(component, bytes, bytes), null);
    }
}
