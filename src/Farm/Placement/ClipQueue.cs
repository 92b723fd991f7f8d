using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;

namespace MlxVideo.Farm.Placement;

/// <summary>
/// Open clips with a ready stage for a worker, in service order. Priority classes are strict. Within a class, begun clips come
/// first, by deadline and submission; then waiting clips, each from the batch that was served least relative to its weight.
/// </summary>
internal sealed class ClipQueue(FarmState state, SchedulingOptions options, DateTimeOffset now)
{
    private readonly List<BatchCursor> _batches = state.Open
        .Select(id => state.Batches[id]).Select(batch => new BatchCursor(batch, RiseOf(batch, options, now))).ToList();

    /// <summary>Number of clips that have begun and have not ended.</summary>
    public int BegunCount { get; } = state.Open.Sum(id => state.Batches[id].Started.Count);

    /// <summary>Number of clips that have not begun.</summary>
    public int WaitingCount { get; } = state.Open.Sum(id => state.Batches[id].Waiting.Count);

    /// <summary>Returns the highest remaining class; null at the end.</summary>
    public int? NextClass() => _batches.Select(batch => batch.Highest).Max();

    /// <summary>Takes the begun clips of a class. The window bounds their number.</summary>
    public IReadOnlyList<QueuedClip> TakeBegun(int priority)
    {
        var begun = new List<QueuedClip>();
        foreach (var batch in _batches)
        {
            while (batch.TryTakeReady(priority) is { } order)
                begun.Add(new QueuedClip(batch.Batch, batch.Batch.Clips[order.Row], priority));
        }

        begun.Sort();
        return begun;
    }

    /// <summary>Takes the next waiting clip of a class; null when none is left.</summary>
    public QueuedClip? TakeWaiting(int priority)
    {
        BatchCursor? next = null;
        foreach (var batch in _batches)
        {
            if (batch.HasWaiting(priority) && (next is null || batch.Served < next.Served))
                next = batch;
        }

        return next?.TakeWaiting(priority);
    }

    /// <summary>Takes the waiting clips of a class lazily, one at a time.</summary>
    public IEnumerable<QueuedClip> TakeAllWaiting(int priority)
    {
        while (TakeWaiting(priority) is { } clip)
            yield return clip;
    }

    /// <summary>Returns all open clips in service order, including those without a ready stage.</summary>
    public static IEnumerable<QueuedClip> All(FarmState state, SchedulingOptions options, DateTimeOffset now)
    {
        var begun = from id in state.Open
                    let batch = state.Batches[id]
                    from order in batch.Started
                    select new QueuedClip(batch, batch.Clips[order.Row], order.Priority + RiseOf(batch, options, now));
        return begun.Order().Concat(new ClipQueue(state, options, now).Waiting()).OrderByDescending(clip => clip.Class);
    }

    private IEnumerable<QueuedClip> Waiting()
    {
        while (NextClass() is { } priority)
        {
            TakeBegun(priority);
            foreach (var clip in TakeAllWaiting(priority))
                yield return clip;
        }
    }

    /// <summary>Returns the number of priority classes that a batch's clips have gained by aging.</summary>
    private static int RiseOf(Batch batch, SchedulingOptions options, DateTimeOffset now) =>
        (int)((now - batch.SubmittedAt) / options.PriorityAgingInterval);
}

/// <summary>A clip in the queue.</summary>
/// <param name="Class">Its priority class, including aging.</param>
internal sealed record QueuedClip(Batch Batch, Clip Clip, int Class) : IComparable<QueuedClip>
{
    /// <summary>Model and arithmetic that render it; null until a worker with its model joins.</summary>
    public ModelBinding? Binding { get; } = Batch.BindingOf(Clip);

    /// <summary>True once it has begun denoising.</summary>
    public bool IsBegun { get; } = Batch.Started.Contains(Clip.Order);

    /// <summary>Orders by deadline, submission and position in the batch.</summary>
    public int CompareTo(QueuedClip? other)
    {
        var byDeadline = (Clip.Constraints.Deadline ?? DateTimeOffset.MaxValue)
            .CompareTo(other!.Clip.Constraints.Deadline ?? DateTimeOffset.MaxValue);
        if (byDeadline != 0)
            return byDeadline;
        var bySubmission = Batch.SubmittedAt.CompareTo(other.Batch.SubmittedAt);
        if (bySubmission != 0)
            return bySubmission;
        var byBatch = string.CompareOrdinal(Batch.Id, other.Batch.Id);
        return byBatch != 0 ? byBatch : Clip.Order.CompareTo(other.Clip.Order);
    }
}
