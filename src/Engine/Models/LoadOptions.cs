using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.Weights;

namespace MlxVideo.Engine.Models;

/// <summary>Processing of transformer and connector weights while they are loaded.</summary>
/// <param name="Placement">Whether to merge adapters into dense weights.</param>
/// <param name="Quantization">
/// Quantization of the transformer's dense weights; null for none. Adapters stay separate from quantized weights.
/// </param>
public sealed record LoadOptions(
    IReadOnlyList<AdapterFile> Adapters, LoraPlacement Placement = LoraPlacement.Merged, RuntimeQuantization? Quantization = null)
{
    /// <summary>Loads weights unchanged.</summary>
    public static LoadOptions AsStored { get; } = new([]);
}
