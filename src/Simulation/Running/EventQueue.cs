namespace MlxVideo.Simulation.Running;

/// <summary>A virtual clock and what happens on it; what is due at the same time happens in the order in which it was planned.</summary>
internal sealed class EventQueue
{
    private readonly PriorityQueue<Action, (double At, long Sequence)> _events = new();
    private long _sequence;

    /// <summary>Seconds since the start.</summary>
    public double Now { get; private set; }

    /// <summary>Plans something for a time that is not past.</summary>
    public void At(double time, Action action) => _events.Enqueue(action, (Math.Max(time, Now), _sequence++));

    /// <summary>Plans something for so many seconds from now.</summary>
    public void After(double seconds, Action action) => At(Now + seconds, action);

    /// <summary>Lets everything happen that is due next, all at one time; false when nothing is left.</summary>
    public bool Step()
    {
        if (!_events.TryPeek(out _, out var first))
            return false;
        Now = first.At;
        while (_events.TryPeek(out var action, out var next) && next.At <= Now)
        {
            _events.Dequeue();
            action();
        }

        return true;
    }
}
