namespace MlxVideo.Shared.Api;

/// <summary>The response to <c>GET /api/batches</c>.</summary>
/// <param name="Batches">The batches in order of submission.</param>
public sealed record BatchList(IReadOnlyList<BatchSummary> Batches);

/// <summary>Summary of a batch.</summary>
/// <param name="EndedAt">End time; null while the batch is running.</param>
/// <param name="Clips">Number of clips by state.</param>
public sealed record BatchSummary(string Id, BatchState State, DateTimeOffset SubmittedAt, DateTimeOffset? EndedAt, ClipCounts Clips);

/// <summary>Number of clips by state.</summary>
/// <param name="Waiting">Clips that have not been started.</param>
/// <param name="Rendering">Clips that have been started.</param>
public sealed record ClipCounts(int Waiting, int Rendering, int Finished, int Failed, int Cancelled);
