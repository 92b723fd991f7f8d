using LinqToDB;
using Microsoft.Extensions.Logging.Abstractions;
using MlxVideo.Coordinator.History;
using MlxVideo.Coordinator.Persistence;
using MlxVideo.Shared.Api;

namespace MlxVideo.Coordinator.Tests.History;

/// <summary>The history in a SQLite file.</summary>
public sealed class FarmHistoryTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly string _folder = Directory.CreateTempSubdirectory("history-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Events_survive_a_restart_and_their_numbers_go_on()
    {
        await using (var first = Open())
        {
            first.Add(Event("one") with { Batch = "b1", Row = 2, Stage = "denoise-1", Attempt = 3, Worker = "mini" });
            first.Add(Event("two"));
        }

        await using var second = Open();
        second.Add(Event("three"));
        var events = second.Read(since: null, limit: 10);
        Assert.Equal([(1L, "one"), (2L, "two"), (3L, "three")], events.Select(happened => (happened.Id, happened.Text)));
        Assert.Equal(
            ("b1", 2, "denoise-1", 3, "mini", FarmEventKind.BatchSubmitted),
            (events[0].Batch, events[0].Row, events[0].Stage, events[0].Attempt, events[0].Worker, events[0].Kind));
        Assert.Equal(["three"], second.Read(since: events[2].At, limit: 10).Select(happened => happened.Text));
        Assert.Equal(["two", "three"], second.Read(since: null, limit: 2).Select(happened => happened.Text));
    }

    [Fact]
    public async Task Only_the_newest_events_are_kept()
    {
        const int Surplus = 2 * FarmHistory.TrimInterval;
        await AddAsync(FarmHistory.MaxEvents);
        await AddAsync(Surplus);

        using var connection = FarmDatabase.Of(_folder, postgres: null).Connect();
        var stored = connection.GetTable<EventRow>();
        Assert.Equal(FarmHistory.MaxEvents + Surplus, stored.Max(row => row.Id));
        Assert.InRange(stored.Count(), FarmHistory.MaxEvents, FarmHistory.MaxEvents + FarmHistory.TrimInterval - 1);
        await using var history = Open();
        Assert.Equal((FarmHistory.MaxEvents, Surplus + 1L), First());
        history.Add(Event("one more"));
        Assert.Equal((FarmHistory.MaxEvents, Surplus + 2L), First());

        async Task AddAsync(int count)
        {
            await using var adding = Open();
            for (var i = 0; i < count; i++)
                adding.Add(Event("one"));
        }

        (int Count, long FirstId) First()
        {
            var kept = history.Read(since: null, int.MaxValue);
            return (kept.Count, kept[0].Id);
        }
    }

    [Fact]
    public async Task Text_of_an_event_becomes_one_line_of_limited_length()
    {
        await using var history = Open();
        history.Add(Event("denoise-1 failed: too hot\r\nat \u001b[31mhome" + new string('x', 5000)));
        var text = Assert.Single(history.Read(since: null, limit: 10)).Text;
        Assert.StartsWith("denoise-1 failed: too hot  at  [31mhome", text, StringComparison.Ordinal);
        Assert.Equal(2001, text.Length);
    }

    [Fact]
    public async Task Follower_gets_each_event_once()
    {
        await using var history = Open();
        history.Add(Event("before"));
        history.Add(Event("present"));
        await using var events = history.FollowAsync(since: null, limit: 1, CancellationToken.None).GetAsyncEnumerator();
        Assert.Equal("present", await NextAsync().WaitAsync(Patience));
        var next = NextAsync();
        Assert.False(next.IsCompleted);
        history.Add(Event("new"));
        history.Add(Event("newer"));
        Assert.Equal("new", await next.WaitAsync(Patience));
        Assert.Equal("newer", await NextAsync().WaitAsync(Patience));

        async Task<string> NextAsync() => await events.MoveNextAsync() ? events.Current.Text : throw new InvalidOperationException("ended");
    }

    private static FarmEventView Event(string text) => new(0, default, FarmEventKind.BatchSubmitted, text);

    private FarmHistory Open() =>
        new(FarmDatabase.Of(_folder, postgres: null), TimeProvider.System, NullLogger<FarmHistory>.Instance);
}
