namespace MlxVideo.Shared.Api;

/// <summary>A page of the list of batches.</summary>
/// <param name="Batches">The batches, the newest first.</param>
/// <param name="Next">The value of <c>after</c> for the next page; null on the last one.</param>
public sealed record BatchList(IReadOnlyList<BatchSummary> Batches, string? Next = null);

/// <summary>Summary of a batch.</summary>
/// <param name="EndedAt">End time; null while the batch is running.</param>
/// <param name="Clips">Number of clips by state.</param>
public sealed record BatchSummary(string Id, BatchState State, DateTimeOffset SubmittedAt, DateTimeOffset? EndedAt, ClipCounts Clips)
{
    /// <summary>True while the batch is paused: its stages are not assigned.</summary>
    public bool Paused { get; init; }
}

/// <summary>What the removal of a batch deletes.</summary>
/// <param name="Clips">Number of its finished clips that are still kept.</param>
/// <param name="Bytes">Size of these clips.</param>
public sealed record RemovedBatch(string Id, int Clips, long Bytes);

/// <summary>Number of clips by state.</summary>
/// <param name="Waiting">Clips that have not been started.</param>
/// <param name="Rendering">Clips that have been started.</param>
public sealed record ClipCounts(int Waiting, int Rendering, int Finished, int Failed, int Cancelled);
