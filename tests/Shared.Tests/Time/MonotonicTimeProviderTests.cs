using MlxVideo.Shared.Time;

namespace MlxVideo.Shared.Tests.Time;

public sealed class MonotonicTimeProviderTests
{
    private readonly SetClock _clock = new();

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(-20_000)]
    public void Setting_the_system_clock_does_not_affect_elapsed_time(int days)
    {
        var time = new MonotonicTimeProvider(_clock);
        var start = time.GetUtcNow();
        _clock.Pass(TimeSpan.FromSeconds(5));
        _clock.Set(TimeSpan.FromDays(days));
        _clock.Pass(TimeSpan.FromSeconds(7));

        Assert.Equal(TimeSpan.FromSeconds(12), time.GetUtcNow() - start);
        Assert.Equal(TimeSpan.FromDays(days), time.WallClockOffset);
        Assert.Equal(_clock.GetUtcNow(), time.GetUtcNow() + time.WallClockOffset);
    }

    [Fact]
    public void Machine_sleep_changes_only_the_wall_clock_offset()
    {
        var time = new MonotonicTimeProvider(_clock);
        var start = time.GetUtcNow();
        _clock.Set(TimeSpan.FromHours(8)); // the monotonic clock does not advance

        Assert.Equal(start, time.GetUtcNow());
        Assert.Equal(TimeSpan.FromHours(8), time.WallClockOffset);
    }

    [Fact]
    public void Time_equals_the_wall_clock_while_the_clock_is_never_set()
    {
        var time = new MonotonicTimeProvider(_clock);
        _clock.Pass(TimeSpan.FromDays(3));
        Assert.Equal(_clock.GetUtcNow(), time.GetUtcNow());
        Assert.Equal(TimeSpan.Zero, time.WallClockOffset);
    }

    private sealed class SetClock : TimeProvider
    {
        private TimeSpan _passed;
        private TimeSpan _set;

        // Differs from TimeSpan.TicksPerSecond: conversions must use this frequency.
        public override long TimestampFrequency => 1000;

        public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero) + _passed + _set;

        public override long GetTimestamp() => (long)_passed.TotalMilliseconds;

        public void Pass(TimeSpan time) => _passed += time;

        public void Set(TimeSpan by) => _set += by;
    }
}
