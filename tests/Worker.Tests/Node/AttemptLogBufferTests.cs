using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Tests.Node;

public sealed class AttemptLogBufferTests
{
    private static readonly AttemptAddress Attempt = new(new StageAddress("b", 1, "denoise-1"), 1);

    private readonly AttemptLogBuffer _log = new(TimeProvider.System);

    [Fact]
    public void Lines_are_numbered_and_sent_once()
    {
        _log.Add("one");
        _log.Add("two\u001b[31m\u0007 \ud800");
        var first = _log.Take(Attempt, isEnd: false)!;
        Assert.Equal((Attempt, 1), (first.Attempt, first.First));
        Assert.Equal(["one", "two [31m  ?"], first.Lines.Select(line => line.Text));
        Assert.InRange(first.Lines[0].AtMs, 1, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        Assert.Null(_log.Take(Attempt, isEnd: true));
        _log.Add("three");
        Assert.Equal(3, _log.Take(Attempt, isEnd: false)!.First);
    }

    [Fact]
    public void Oldest_unsent_lines_are_dropped()
    {
        for (var i = 1; i <= AttemptLogBuffer.MaxUnsent + 20; i++)
            _log.Add($"{i}");
        var sent = _log.Take(Attempt, isEnd: false)!;
        Assert.Equal((21, AttemptLogBuffer.MaxUnsent), (sent.First, sent.Lines.Count));
        Assert.Equal("21", sent.Lines[0].Text);
    }

    [Fact]
    public void Long_lines_are_cut_and_messages_stay_small()
    {
        for (var i = 0; i < AttemptLogBuffer.MaxUnsent; i++)
            _log.Add(new string('é', 5000));
        var sent = 0;
        while (_log.Take(Attempt, isEnd: false) is { } message)
        {
            Assert.InRange(message.Lines.Sum(line => line.Text.Length * 2), 1, 32_000);
            Assert.All(message.Lines, line => Assert.Equal(LogLine.MaxLength + 1, line.Text.Length));
            sent += message.Lines.Count;
        }

        Assert.Equal(AttemptLogBuffer.MaxUnsent, sent);
    }

    [Fact]
    public void Only_the_end_of_a_long_log_is_sent_at_the_end()
    {
        const int Surplus = 300;
        for (var i = 1; i <= AttemptLogBuffer.MaxSent; i++)
        {
            _log.Add($"{i}");
            Assert.NotNull(_log.Take(Attempt, isEnd: false));
        }

        for (var i = 1; i <= Surplus; i++)
            _log.Add($"more {i}");
        Assert.Null(_log.Take(Attempt, isEnd: false));
        var end = _log.Take(Attempt, isEnd: true)!;
        Assert.Equal($"more {Surplus}", end.Lines[^1].Text);
        Assert.Equal(AttemptLogBuffer.MaxSent + Surplus - AttemptLogBuffer.MaxUnsent + 1, end.First);
    }
}
