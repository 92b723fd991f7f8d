using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Adapters;

/// <summary>What an adapter adds to one layer: scale · B A, before its strength.</summary>
/// <param name="Name">The layer's common name (<see cref="LoraKeys"/>).</param>
/// <param name="Down">A, (r, in).</param>
/// <param name="Up">B, (out, r).</param>
/// <param name="Scale">alpha / r where the file has an alpha for the layer, else 1.</param>
public sealed record LoraLayer(string Name, TensorEntry Down, TensorEntry Up, double Scale)
{
    /// <summary>The rank r.</summary>
    public long Rank => Down.Shape[0];
}
