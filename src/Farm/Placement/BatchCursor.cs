using MlxVideo.Farm.State;

namespace MlxVideo.Farm.Placement;

/// <summary>A decision's position in the clips of a batch.</summary>
internal sealed class BatchCursor
{
    private readonly int _rise;
    private IEnumerator<ClipOrder>? _ready;
    private IEnumerator<ClipOrder>? _waiting;

    /// <param name="rise">Number of priority classes that its clips have gained by aging.</param>
    public BatchCursor(Batch batch, int rise)
    {
        (Batch, _rise, Served) = (batch, rise, batch.Served);
        (_ready, _waiting) = (Next(batch.Ready.GetEnumerator()), Next(batch.Waiting.GetEnumerator()));
    }

    public Batch Batch { get; }

    /// <summary>Work that the batch was served, including the clips taken from this cursor.</summary>
    public double Served { get; private set; }

    /// <summary>Highest class of the remaining clips; null when none is left.</summary>
    public int? Highest => Max(_ready?.Current.Priority, _waiting?.Current.Priority) + _rise;

    /// <summary>Takes the next begun clip of a class that has a ready stage; null when there is none.</summary>
    public ClipOrder? TryTakeReady(int priority)
    {
        if (_ready is null || _ready.Current.Priority + _rise != priority)
            return null;
        var order = _ready.Current;
        _ready = Next(_ready);
        return order;
    }

    /// <summary>True when the next waiting clip is of a class.</summary>
    public bool HasWaiting(int priority) => _waiting is not null && _waiting.Current.Priority + _rise == priority;

    /// <summary>Takes the next waiting clip, which must be of this class.</summary>
    public QueuedClip TakeWaiting(int priority)
    {
        var clip = Batch.Clips[_waiting!.Current.Row];
        _waiting = Next(_waiting);
        Served += clip.Work.Values.Sum(work => work.TeraOperations) / Batch.Weight;
        return new QueuedClip(Batch, clip, priority);
    }

    private static int? Max(int? one, int? other) => one is null ? other : other is null ? one : Math.Max(one.Value, other.Value);

    private static IEnumerator<ClipOrder>? Next(IEnumerator<ClipOrder> clips) => clips.MoveNext() ? clips : null;
}
