using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Adapters;

/// <summary>An adapter's contribution to one layer, before the adapter's strength.</summary>
/// <param name="Name">The layer's common name (<see cref="LoraKeys"/>).</param>
/// <param name="Update">The added matrix.</param>
/// <param name="Magnitude">
/// DoRA: the norms that the rows, (out) or (out, 1), or the columns, (1, in), of the adapted weight get; null for other adapters.
/// </param>
public sealed record LoraLayer(string Name, LoraUpdate Update, TensorEntry? Magnitude = null)
{
    /// <summary>The update's scale.</summary>
    public double Scale => Update.Scale;
}
