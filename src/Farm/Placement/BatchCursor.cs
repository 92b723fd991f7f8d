using MlxVideo.Farm.State;

namespace MlxVideo.Farm.Placement;

/// <summary>How far a decision has gone through a batch's clips.</summary>
internal sealed class BatchCursor
{
    private readonly int _rise;
    private IEnumerator<ClipOrder>? _ready;
    private IEnumerator<ClipOrder>? _waiting;

    /// <param name="batch">The batch.</param>
    /// <param name="rise">Classes that its clips have risen by waiting.</param>
    public BatchCursor(Batch batch, int rise)
    {
        (Batch, _rise, Served) = (batch, rise, batch.Served);
        (_ready, _waiting) = (Next(batch.Ready.GetEnumerator()), Next(batch.Waiting.GetEnumerator()));
    }

    /// <summary>The batch.</summary>
    public Batch Batch { get; }

    /// <summary>What it was served, clips that were taken included.</summary>
    public double Served { get; private set; }

    /// <summary>The highest class of its clips that are left; null when none is.</summary>
    public int? Highest => Max(_ready?.Current.Priority, _waiting?.Current.Priority) + _rise;

    /// <summary>The next clip of a class that has begun and has a stage; null when there is none.</summary>
    public ClipOrder? TryTakeReady(int priority)
    {
        if (_ready is null || _ready.Current.Priority + _rise != priority)
            return null;
        var order = _ready.Current;
        _ready = Next(_ready);
        return order;
    }

    /// <summary>True when a clip of a class waits.</summary>
    public bool HasWaiting(int priority) => _waiting is not null && _waiting.Current.Priority + _rise == priority;

    /// <summary>The next clip that waits, which is of this class.</summary>
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
