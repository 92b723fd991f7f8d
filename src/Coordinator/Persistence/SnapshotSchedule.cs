using MlxVideo.Farm.State;

namespace MlxVideo.Coordinator.Persistence;

/// <summary>
/// Decides when a snapshot is taken and which events and snapshots are obsolete then. A snapshot of a large batch costs more than reading
/// many events, so that the interval grows with the open batches; recovery stays within seconds.
/// </summary>
internal sealed class SnapshotSchedule
{
    private const int MinEvents = 500;

    private long _events;
    private long? _previous;

    /// <summary>
    /// Continues after a recovery. The recovered events count: otherwise a farm that is restarted often would never take a snapshot.
    /// </summary>
    /// <param name="snapshot">Sequence number of the recovered snapshot; null without one.</param>
    /// <param name="last">Sequence number of the last event.</param>
    public void Continue(long? snapshot, long last) => (_previous, _events) = (snapshot, last - (snapshot ?? 0));

    /// <summary>Counts stored events; returns true when a snapshot is due.</summary>
    public bool IsDue(int events, FarmState state)
    {
        _events += events;
        if (_events < Math.Max(MinEvents, state.Batches.Values.Sum(batch => batch.Clips.Count)))
            return false;
        _events = 0;
        return true;
    }

    /// <summary>Records a stored snapshot.</summary>
    /// <returns>
    /// The sequence number up to which events are obsolete; null when none are. Two snapshots are kept with the events since the older one:
    /// an operator can delete a damaged newer one, and the farm then recovers from the older one.
    /// </returns>
    public long? After(long sequenceNumber)
    {
        var obsolete = _previous;
        _previous = sequenceNumber;
        return obsolete;
    }
}
