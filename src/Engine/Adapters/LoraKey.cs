namespace MlxVideo.Engine.Adapters;

/// <summary>The parsed key of an adapter tensor.</summary>
/// <param name="Layer">The layer's common name (<see cref="LoraKeys"/>).</param>
/// <param name="Path">The layer's path as written in the file.</param>
public sealed record LoraKey(string Layer, string Path, LoraFactor Factor);
