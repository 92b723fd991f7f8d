using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Models;

/// <summary>A change in the resident components or their order.</summary>
/// <param name="Resident">The resident components in least-recently-used order.</param>
/// <param name="Loaded">The component that was loaded; null when components were only unloaded or reused.</param>
/// <param name="Seconds">Load time in seconds; 0 when nothing was loaded.</param>
public sealed record ComponentsChanged(IReadOnlyList<ModelComponent> Resident, ModelComponent? Loaded, double Seconds);
