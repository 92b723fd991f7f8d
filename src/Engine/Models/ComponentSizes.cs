using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Engine.Models;

/// <summary>
/// What the components of a model take in memory, from keys and shapes alone; looked up once for each part. Not safe for concurrent use.
/// </summary>
/// <param name="loader">Knows the parts' files and what becomes of their weights.</param>
/// <param name="configs">What the parts are like.</param>
public sealed class ComponentSizes(ModelLoader loader, ModelConfigs configs)
{
    private readonly Dictionary<ModelComponent, ComponentSize> _known = [];

    /// <summary>All parts that the model has.</summary>
    public IReadOnlyList<ComponentSize> All =>
        Enum.GetValues<ModelComponent>().Where(component => component != ModelComponent.AudioDecoder || configs.HasAudio)
            .Select(Of).ToList();

    /// <summary>One part.</summary>
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
            ? ResidencyPolicy.LeastBytes(bytes, loader.TransformerBytes().LargestBlock, configs.Transformer.Layers)
            : bytes);
    }
}
