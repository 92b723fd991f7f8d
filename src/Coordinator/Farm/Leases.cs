using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Farm;

/// <summary>Until when each running attempt may be silent, and its last reported step.</summary>
internal sealed class Leases(TimeSpan length)
{
    private readonly Dictionary<AttemptAddress, DateTimeOffset> _until = [];
    private readonly Dictionary<AttemptAddress, (int Step, int Steps)> _steps = [];

    /// <summary>Last reported step and steps of attempts.</summary>
    public IReadOnlyDictionary<AttemptAddress, (int Step, int Steps)> Steps => _steps;

    public void Grant(AttemptAddress attempt, DateTimeOffset now) => _until[attempt] = now + length;

    /// <summary>Renews a lease; true when the step moved.</summary>
    public bool Renew(AttemptProgress progress, DateTimeOffset now)
    {
        Grant(progress.Attempt, now);
        var step = (progress.Step, progress.Steps);
        if (_steps.TryGetValue(progress.Attempt, out var known) && known == step)
            return false;
        _steps[progress.Attempt] = step;
        return true;
    }

    public void End(AttemptAddress attempt) => _until.Remove(attempt);

    public IReadOnlyList<AttemptAddress> Expired(DateTimeOffset now) =>
        _until.Where(lease => lease.Value <= now).Select(lease => lease.Key).ToList();
}
