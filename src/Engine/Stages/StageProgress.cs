namespace MlxVideo.Engine.Stages;

/// <summary>A stage's progress.</summary>
/// <param name="Done">Finished progress units.</param>
/// <param name="Total">Total progress units; at least 1.</param>
public sealed record StageProgress(int Done, int Total);
