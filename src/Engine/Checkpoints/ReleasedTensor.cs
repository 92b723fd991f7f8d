namespace MlxVideo.Engine.Checkpoints;

/// <summary>Key and axis order of a file's tensor in a released single-file checkpoint.</summary>
/// <param name="Axes">The file's axis for each released axis; null when the order is unchanged.</param>
internal sealed record ReleasedTensor(string Key, IReadOnlyList<int>? Axes = null);
