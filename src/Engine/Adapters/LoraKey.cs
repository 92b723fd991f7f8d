namespace MlxVideo.Engine.Adapters;

/// <summary>The key of a tensor of an adapter, taken apart.</summary>
/// <param name="Layer">The layer's common name (<see cref="LoraKeys"/>).</param>
/// <param name="Path">The layer as the file names it.</param>
/// <param name="Factor">What the tensor is to the layer.</param>
public sealed record LoraKey(string Layer, string Path, LoraFactor Factor);
