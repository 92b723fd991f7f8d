using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Adapters;

/// <summary>What an adapter adds to one layer: scale · B A, before its strength.</summary>
/// <param name="Name">The layer's common name (<see cref="LoraKeys"/>).</param>
/// <param name="Down">A, (r, in).</param>
/// <param name="Up">B, (out, r).</param>
/// <param name="Scale">The layer's scale (<see cref="LoraScales"/>) times the scales of factors in 8-bit floats.</param>
public sealed record LoraLayer(string Name, TensorEntry Down, TensorEntry Up, double Scale)
{
    /// <summary>The rank r.</summary>
    public long Rank => Down.Shape[0];
}
