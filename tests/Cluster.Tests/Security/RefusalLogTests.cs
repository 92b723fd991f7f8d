using Microsoft.Extensions.Logging;
using MlxVideo.Cluster.Security;

namespace MlxVideo.Cluster.Tests.Security;

public sealed class RefusalLogTests
{
    private readonly TestClock _clock = new();
    private readonly Lines _lines = new();
    private readonly RefusalLog _log;

    public RefusalLogTests() => _log = new RefusalLog(_clock, _lines);

    [Fact]
    public void Each_kind_is_logged_once_per_source_and_minute()
    {
        for (var port = 1; port <= 1000; port++)
            _log.Add($"[::ffff:10.0.0.1]:{port}", "request", "no token");
        _log.Add("10.0.0.1", "connection", "no TLS");
        _log.Add("10.0.0.2:80", "request", "no token");
        Assert.Equal(
            ["Refused a request from 10.0.0.1: no token.", "Refused a connection from 10.0.0.1: no TLS.",
                "Refused a request from 10.0.0.2: no token."], _lines.Text);

        _clock.Advance(TimeSpan.FromMinutes(1));
        _log.Add("10.0.0.1", "request", "no token");
        Assert.Equal("Refused a request from 10.0.0.1: no token. 999 more were refused before.", _lines.Text[^1]);
    }

    [Fact]
    public void Many_sources_share_one_entry()
    {
        for (var number = 0; number < 5000; number++)
            _log.Add($"10.0.{number / 250}.{number % 250}", "request", "no token");
        Assert.Equal(1001, _lines.Text.Count);
        Assert.Contains("other machines", _lines.Text[^1]);
    }

    private sealed class TestClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan time) => _now += time.Ticks;
    }

    private sealed class Lines : ILogger<RefusalLog>
    {
        public List<string> Text { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Text.Add(formatter(state, exception));
    }
}
