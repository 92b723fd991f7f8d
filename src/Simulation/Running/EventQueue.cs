namespace MlxVideo.Simulation.Running;

/// <summary>A virtual clock with scheduled actions. Actions with equal times run in the order in which they were scheduled.</summary>
internal sealed class EventQueue
{
    private readonly PriorityQueue<Action, (double At, long Sequence)> _events = new();
    private long _sequence;

    /// <summary>Seconds since the start.</summary>
    public double Now { get; private set; }

    /// <summary>Number of scheduled actions.</summary>
    public int Count => _events.Count;

    /// <summary>Schedules an action at a time, at the earliest now.</summary>
    public void At(double time, Action action) => _events.Enqueue(action, (Math.Max(time, Now), _sequence++));

    /// <summary>Schedules an action after a number of seconds.</summary>
    public void After(double seconds, Action action) => At(Now + seconds, action);

    /// <summary>Advances the clock to the next action and runs all actions of that time; returns false when none is left.</summary>
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
