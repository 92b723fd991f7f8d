namespace MlxVideo.Shared.Time;

/// <summary>
/// A clock that never jumps: it takes the time of day once, when it is made, and goes on by the monotonic clock. All that
/// is measured or waited for goes by it. What people wrote as a time of day, deadlines and working hours, goes by the wall clock, which
/// is <see cref="WallClockOffset"/> ahead: it may be set, and it goes on while the machine sleeps, which the monotonic one need not.
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

    /// <summary>How far the wall clock is ahead of this one just now.</summary>
    public TimeSpan WallClockOffset => clock.GetUtcNow() - GetUtcNow();

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _start + clock.GetElapsedTime(_startTimestamp);

    /// <inheritdoc/>
    public override long GetTimestamp() => clock.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        clock.CreateTimer(callback, state, dueTime, period);
}
