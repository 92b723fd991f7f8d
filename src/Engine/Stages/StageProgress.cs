using MlxVideo.Engine.Models;

namespace MlxVideo.Engine.Stages;

/// <summary>A stage's progress.</summary>
/// <param name="Done">Finished progress units.</param>
/// <param name="Total">Total progress units; at least 1.</param>
/// <param name="Memory">Use of the device's memory; null when the device does not report it.</param>
public sealed record StageProgress(int Done, int Total, DeviceMemoryUse? Memory = null);
