namespace MlxVideo.Shared.Api;

/// <summary>The batches as <c>GET /api/batches</c> shows them.</summary>
/// <param name="Batches">The batches in the order of their submission.</param>
public sealed record BatchList(IReadOnlyList<BatchSummary> Batches);

/// <summary>One batch of the list.</summary>
/// <param name="Id">Its id.</param>
/// <param name="State">Where it stands.</param>
/// <param name="SubmittedAt">When it was submitted.</param>
/// <param name="EndedAt">When it ended; null while it runs.</param>
/// <param name="Clips">How many clips it has, by state.</param>
public sealed record BatchSummary(string Id, BatchState State, DateTimeOffset SubmittedAt, DateTimeOffset? EndedAt, ClipCounts Clips);

/// <summary>Clips by state.</summary>
/// <param name="Waiting">Not begun.</param>
/// <param name="Rendering">Begun.</param>
/// <param name="Finished">Finished.</param>
/// <param name="Failed">Failed.</param>
/// <param name="Cancelled">Cancelled.</param>
public sealed record ClipCounts(int Waiting, int Rendering, int Finished, int Failed, int Cancelled);
