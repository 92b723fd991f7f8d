namespace MlxVideo.Engine.Adapters;

/// <summary>An adapter in use.</summary>
/// <param name="Adapter">The adapter.</param>
/// <param name="Strength">How many times its product counts; may be negative.</param>
/// <param name="MayBePartial">True when the model may lack some of its layers.</param>
public sealed record AdapterStrength(LoraAdapter Adapter, double Strength, bool MayBePartial = false);
