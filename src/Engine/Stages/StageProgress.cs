namespace MlxVideo.Engine.Stages;

/// <summary>How far a stage is.</summary>
/// <param name="Done">Steps that are finished.</param>
/// <param name="Total">Steps in all; at least 1.</param>
public sealed record StageProgress(int Done, int Total);
