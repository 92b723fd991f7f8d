namespace MlxVideo.Engine.Checkpoints;

/// <summary>Where a file's tensor stands in a released single-file checkpoint, and how its axes get there.</summary>
/// <param name="Key">Its released key.</param>
/// <param name="Axes">The file's axis for each released axis; null when they are in the same order.</param>
internal sealed record ReleasedTensor(string Key, IReadOnlyList<int>? Axes = null);
