using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Engine.Models;

/// <summary>
/// Sizes in memory of a model's components, computed from keys and shapes alone, once per component. Not safe for concurrent use.
/// </summary>
public sealed class ComponentSizes(ModelLoader loader, ModelConfigs configs)
{
    private readonly Dictionary<ModelComponent, ComponentSize> _known = [];

    /// <summary>The sizes of all components of the model.</summary>
    public IReadOnlyList<ComponentSize> All =>
        Enum.GetValues<ModelComponent>().Where(component => component != ModelComponent.AudioDecoder || configs.HasAudio)
            .Select(Of).ToList();

    /// <summary>Returns the size of one component.</summary>
    public ComponentSize Of(ModelComponent component)
    {
        if (!_known.TryGetValue(component, out var size))
        {
            size = Measure(component);
            _known.Add(component, size);
        }

        return size;
    }

    private ComponentSize Measure(ModelComponent component)
    {
        var bytes = loader.BytesOf(component);
        return new ComponentSize(component, bytes, component == ModelComponent.Transformer
            ? ResidencyPolicy.MinimumBytes(bytes, loader.TransformerBytes().LargestBlock, configs.Transformer.Layers)
            : bytes);
    }
}
