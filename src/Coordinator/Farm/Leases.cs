using MlxVideo.Shared.Batches;

namespace MlxVideo.Coordinator.Farm;

/// <summary>The leases of running attempts. A lease expires unless its worker reports progress in time.</summary>
internal sealed class Leases(TimeSpan length)
{
    private readonly Dictionary<AttemptAddress, DateTimeOffset> _until = [];

    /// <summary>Starts or renews a lease.</summary>
    public void Grant(AttemptAddress attempt, DateTimeOffset now) => _until[attempt] = now + length;

    public void End(AttemptAddress attempt) => _until.Remove(attempt);

    public IReadOnlyList<AttemptAddress> Expired(DateTimeOffset now) =>
        _until.Where(lease => lease.Value <= now).Select(lease => lease.Key).ToList();
}
