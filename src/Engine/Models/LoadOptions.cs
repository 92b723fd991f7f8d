using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.Weights;

namespace MlxVideo.Engine.Models;

/// <summary>What happens to the weights of transformer and connectors while they are loaded.</summary>
/// <param name="Adapters">Adapters to apply.</param>
/// <param name="Placement">Whether dense weights take the adapters in.</param>
/// <param name="Quantization">Dense weights of the transformer to quantise; null for none. Adapters then stay beside them.</param>
public sealed record LoadOptions(
    IReadOnlyList<AdapterFile> Adapters, LoraPlacement Placement = LoraPlacement.Merged, RuntimeQuantization? Quantization = null)
{
    /// <summary>Weights as they are.</summary>
    public static LoadOptions AsStored { get; } = new([]);
}
