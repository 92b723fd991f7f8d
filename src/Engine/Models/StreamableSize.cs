namespace MlxVideo.Engine.Models;

/// <summary>Size of a component with equal layers, which can be streamed.</summary>
/// <param name="All">Bytes of all weights.</param>
/// <param name="LargestLayer">Bytes of the largest layer.</param>
/// <param name="Layers">Number of layers.</param>
public sealed record StreamableSize(long All, long LargestLayer, int Layers);
