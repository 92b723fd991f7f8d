using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Models;

/// <summary>The components in memory, or their order, have changed.</summary>
/// <param name="Resident">The parts in memory, the one used longest ago first.</param>
/// <param name="Loaded">The part that was loaded; null when parts only left or were used again.</param>
/// <param name="Seconds">How long loading it took; 0 when none was loaded.</param>
public sealed record ComponentsChanged(IReadOnlyList<ModelComponent> Resident, ModelComponent? Loaded, double Seconds);
