using MlxVideo.Shared.Farm;

namespace MlxVideo.Shared.Scheduling.Placement;

/// <summary>
/// Open clips that have a task for a worker, in the order in which they are served. Classes of priority are strict. Inside a
/// class come those that have begun, by deadline and submission, then those that wait: the next of the batch that was
/// served least for its weight.
/// </summary>
internal sealed class ClipQueue(FarmState state, SchedulingOptions options, DateTimeOffset now)
{
    private readonly List<BatchCursor> _batches = state.Open
        .Select(id => state.Batches[id]).Select(batch => new BatchCursor(batch, (int)((now - batch.SubmittedAt) / options.RisesAfter))).ToList();

    /// <summary>Clips that have begun and are not ended.</summary>
    public int BegunCount { get; } = state.Open.Sum(id => state.Batches[id].Started.Count);

    /// <summary>The highest class that is left; null at the end.</summary>
    public int? NextClass() => _batches.Select(batch => batch.Highest).Max();

    /// <summary>Takes the clips of a class that have begun. The window bounds how many there are.</summary>
    public IReadOnlyList<QueuedClip> TakeBegun(int priority)
    {
        var begun = new List<QueuedClip>();
        foreach (var batch in _batches)
        {
            while (batch.TryTakeReady(priority) is { } order)
                begun.Add(new QueuedClip(batch.Batch, batch.Batch.Clips[order.Row]));
        }

        begun.Sort();
        return begun;
    }

    /// <summary>Takes the next clip of a class that waits; null when none is left.</summary>
    public QueuedClip? TakeWaiting(int priority)
    {
        BatchCursor? next = null;
        foreach (var batch in _batches)
        {
            if (batch.HasWaiting(priority) && (next is null || batch.Served < next.Served))
                next = batch;
        }

        return next?.TakeWaiting();
    }

    /// <summary>Clips that are not begun.</summary>
    public int WaitingCount { get; } = state.Open.Sum(id => state.Batches[id].Waiting.Count);
}

/// <summary>A clip in the queue.</summary>
/// <param name="Batch">Its batch.</param>
/// <param name="Clip">The clip.</param>
internal sealed record QueuedClip(Batch Batch, Clip Clip) : IComparable<QueuedClip>
{
    /// <summary>By deadline, submission, and place in the batch.</summary>
    public int CompareTo(QueuedClip? other)
    {
        var byDeadline = (Clip.Wishes.Deadline ?? DateTimeOffset.MaxValue).CompareTo(other!.Clip.Wishes.Deadline ?? DateTimeOffset.MaxValue);
        if (byDeadline != 0)
            return byDeadline;
        var bySubmission = Batch.SubmittedAt.CompareTo(other.Batch.SubmittedAt);
        if (bySubmission != 0)
            return bySubmission;
        var byBatch = string.CompareOrdinal(Batch.Id, other.Batch.Id);
        return byBatch != 0 ? byBatch : Clip.Order.CompareTo(other.Clip.Order);
    }
}
