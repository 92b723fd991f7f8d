using Akka.Actor;

namespace MlxVideo.Coordinator.Farm;

/// <summary>
/// The connections of the registered workers. A worker that has lost its connection, or that has not connected since the coordinator
/// restarted, is expected back for a while.
/// </summary>
internal sealed class ConnectedWorkers
{
    private readonly Dictionary<string, IActorRef> _connected = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _expected = new(StringComparer.Ordinal);

    /// <summary>Returns the actor of a connected worker; null for any other.</summary>
    public IActorRef? Find(string worker) => _connected.GetValueOrDefault(worker);

    /// <summary>Returns the id of the worker behind an actor; null when it is none of the connected ones.</summary>
    public string? IdOf(IActorRef reference) => _connected.FirstOrDefault(worker => worker.Value.Equals(reference)).Key;

    /// <summary>Returns the connected workers on a node.</summary>
    public IReadOnlyList<string> On(Address node) =>
        _connected.Where(worker => worker.Value.Path.Address == node).Select(worker => worker.Key).ToList();

    /// <summary>Sends a message to a worker; to none that is not connected, because it is told when it returns.</summary>
    public void Tell(string worker, object message) => Find(worker)?.Tell(message);

    /// <summary>Records that a worker connected.</summary>
    public void Connect(string worker, IActorRef reference)
    {
        _connected[worker] = reference;
        _expected.Remove(worker);
    }

    /// <summary>Records a message of a worker, which shows that its connection works.</summary>
    public void Heard(IActorRef reference)
    {
        if (_expected.Count > 0 && IdOf(reference) is { } worker)
            _expected.Remove(worker);
    }

    /// <summary>Expects a worker to connect, or to send a message, before a time.</summary>
    public void Expect(string worker, DateTimeOffset until) => _expected[worker] = until;

    /// <summary>Returns the workers that were expected before now.</summary>
    public IReadOnlyList<string> Overdue(DateTimeOffset now) =>
        _expected.Where(worker => worker.Value <= now).Select(worker => worker.Key).ToList();

    /// <summary>Removes a worker; returns its actor, if it was connected.</summary>
    public IActorRef? Remove(string worker)
    {
        _expected.Remove(worker);
        return _connected.Remove(worker, out var reference) ? reference : null;
    }
}
