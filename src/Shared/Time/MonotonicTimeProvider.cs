namespace MlxVideo.Shared.Time;

/// <summary>
/// A clock that never jumps: it reads the time of day once, at construction, and advances with the monotonic clock. It is used for all
/// measurements and timeouts. Deadlines and working hours, which users give as times of day, use the wall clock, which is ahead by
/// <see cref="WallClockOffset"/>: it may be set, and it advances while the machine sleeps, which the monotonic clock may not.
/// </summary>
/// <param name="clock">The machine's clocks.</param>
public sealed class MonotonicTimeProvider(TimeProvider clock) : TimeProvider
{
    private readonly DateTimeOffset _start = clock.GetUtcNow();
    private readonly long _startTimestamp = clock.GetTimestamp();

    /// <inheritdoc/>
    public override long TimestampFrequency => clock.TimestampFrequency;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

    /// <summary>Current lead of the wall clock over this clock.</summary>
    public TimeSpan WallClockOffset => clock.GetUtcNow() - GetUtcNow();

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _start + clock.GetElapsedTime(_startTimestamp);

    /// <inheritdoc/>
    public override long GetTimestamp() => clock.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        clock.CreateTimer(callback, state, dueTime, period);
}
