namespace MlxVideo.Coordinator.Archive;

/// <summary>Thrown when the archive can't be read at present.</summary>
public sealed class ArchiveException(string reason) : Exception($"The coordinator's archive of ended batches can't be read: {reason}");
