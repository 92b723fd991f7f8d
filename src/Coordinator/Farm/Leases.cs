using MlxVideo.Shared.Batches;

namespace MlxVideo.Coordinator.Farm;

/// <summary>Until when each running attempt may be silent.</summary>
internal sealed class Leases(TimeSpan length)
{
    private readonly Dictionary<AttemptAddress, DateTimeOffset> _until = [];

    /// <summary>Begins a lease or renews it.</summary>
    public void Grant(AttemptAddress attempt, DateTimeOffset now) => _until[attempt] = now + length;

    public void End(AttemptAddress attempt) => _until.Remove(attempt);

    public IReadOnlyList<AttemptAddress> Expired(DateTimeOffset now) =>
        _until.Where(lease => lease.Value <= now).Select(lease => lease.Key).ToList();
}
