using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Adapters;

/// <summary>An adapter's contribution to one layer: scale · B A, before the adapter's strength.</summary>
/// <param name="Name">The layer's common name (<see cref="LoraKeys"/>).</param>
/// <param name="Down">A, (r, in).</param>
/// <param name="Up">B, (out, r).</param>
/// <param name="Scale">The layer's scale (<see cref="LoraScales"/>) times the scales of 8-bit float factors.</param>
public sealed record LoraLayer(string Name, TensorEntry Down, TensorEntry Up, double Scale)
{
    public long Rank => Down.Shape[0];
}
