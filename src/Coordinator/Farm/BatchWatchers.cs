using Akka.Actor;

namespace MlxVideo.Coordinator.Farm;

/// <summary>
/// Versions of batch views, and the actors that wait for newer ones. A version covers the state and the progress of running attempts.
/// A burst of changes reaches the watchers as a single change.
/// </summary>
internal sealed class BatchWatchers
{
    private readonly Dictionary<string, long> _versions = new(StringComparer.Ordinal);
    private readonly List<(string Batch, long After, IActorRef Watcher, DateTimeOffset Until)> _waiting = [];

    public long VersionOf(string batch) => _versions.GetValueOrDefault(batch, 1);

    public void Changed(string batch) => _versions[batch] = VersionOf(batch) + 1;

    public void Wait(string batch, long after, IActorRef watcher, DateTimeOffset until) => _waiting.Add((batch, after, watcher, until));

    /// <summary>Removes and returns the watchers that have a newer version available or have waited long enough.</summary>
    public IReadOnlyList<(string Batch, IActorRef Watcher)> TakeDue(DateTimeOffset now)
    {
        var due = _waiting.Where(waiter => VersionOf(waiter.Batch) > waiter.After || waiter.Until <= now).ToList();
        _waiting.RemoveAll(due.Contains);
        return due.Select(waiter => (waiter.Batch, waiter.Watcher)).ToList();
    }
}
