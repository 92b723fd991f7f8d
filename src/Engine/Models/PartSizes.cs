using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Engine.Models;

/// <summary>
/// What the parts of a model take in memory, from keys and shapes alone; looked up once for each part. Not safe for concurrent use.
/// </summary>
/// <param name="loader">Knows the parts' files and what becomes of their weights.</param>
/// <param name="configs">What the parts are like.</param>
public sealed class PartSizes(ModelLoader loader, ModelConfigs configs)
{
    private readonly Dictionary<ModelPart, PartSize> _known = [];

    /// <summary>All parts that the model has.</summary>
    public IReadOnlyList<PartSize> All =>
        Enum.GetValues<ModelPart>().Where(part => part != ModelPart.AudioDecoder || configs.HasAudio).Select(Of).ToList();

    /// <summary>One part.</summary>
    public PartSize Of(ModelPart part)
    {
        if (!_known.TryGetValue(part, out var size))
        {
            size = Measure(part);
            _known.Add(part, size);
        }

        return size;
    }

    private PartSize Measure(ModelPart part)
    {
        var bytes = loader.BytesOf(part);
        return new PartSize(part, bytes, part == ModelPart.Transformer
            ? ResidencyPolicy.LeastBytes(bytes, loader.TransformerBytes().LargestBlock, configs.Transformer.Layers)
            : bytes);
    }
}
