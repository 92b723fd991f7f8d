using MlxVideo.Shared.Batches;

namespace MlxVideo.Coordinator.Farm;

/// <summary>
/// Measures how long running attempts complete no step. A pause of the coordinator itself, such as its machine's sleep, does not count.
/// </summary>
/// <param name="longestTick">Maximum time that counts between two ticks.</param>
internal sealed class StallWatch(TimeSpan longestTick)
{
    private Dictionary<AttemptAddress, (int Step, TimeSpan Quiet)> _attempts = [];
    private DateTimeOffset? _last;

    /// <summary>Returns the time that each attempt has completed no step.</summary>
    /// <param name="running">The running attempts of connected workers with their completed steps; -1 before computing began.</param>
    public IReadOnlyDictionary<AttemptAddress, TimeSpan> Tick(
        IEnumerable<(AttemptAddress Attempt, int Step)> running, DateTimeOffset now)
    {
        var elapsed = _last is { } last ? TimeSpan.FromTicks(Math.Clamp((now - last).Ticks, 0, longestTick.Ticks)) : TimeSpan.Zero;
        _last = now;
        _attempts = running.ToDictionary(
            each => each.Attempt,
            each => _attempts.TryGetValue(each.Attempt, out var before) && before.Step == each.Step
                ? (each.Step, before.Quiet + elapsed)
                : (each.Step, TimeSpan.Zero));
        return _attempts.ToDictionary(attempt => attempt.Key, attempt => attempt.Value.Quiet);
    }
}
