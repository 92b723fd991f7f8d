namespace MlxVideo.Engine.Adapters;

/// <summary>An open adapter and its strength.</summary>
/// <param name="Strength">Factor on the adapter's product; may be negative.</param>
/// <param name="MayBePartial">True when the model may lack some of the adapter's layers.</param>
public sealed record AdapterStrength(LoraAdapter Adapter, double Strength, bool MayBePartial = false);
