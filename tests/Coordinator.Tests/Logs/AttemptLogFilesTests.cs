using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MlxVideo.Coordinator.Logs;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Tests.Logs;

/// <summary>The files of attempts' logs.</summary>
public sealed class AttemptLogFilesTests : IDisposable
{
    private static readonly AttemptAddress Attempt = new(new StageAddress("b1", 3, "denoise-1"), 2);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Attempts_have_their_lines_once_and_tell_of_missing_ones()
    {
        await using (var files = Open())
        {
            files.Begin(Attempt, "mini");
            files.Add(Lines(1, "one", "two"));
            files.Add(Lines(1, "one", "two", "three")); // repeated by a new connection
            files.Add(Lines(9, "nine"));
            files.Change(Attempt, AttemptState.Failed, "too hot");
            files.Begin(Attempt with { Number = 3 }, "studio");
        }

        await using var again = Open();
        Assert.Equal([3], again.RowsOf("b1"));
        var attempts = Read(again);
        Assert.Equal(
            [("mini", 2, AttemptState.Failed, "too hot"), ("studio", 3, AttemptState.Running, null)],
            attempts.Select(attempt => (attempt.Worker, attempt.Attempt, attempt.State, attempt.Error)));
        Assert.Equal(["one", "two", "three", "… 5 lines left out", "nine"], attempts[0].Lines.Select(line => line.Text));
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1000), attempts[0].Lines[0].At);
        Assert.NotNull(attempts[0].EndedAt);
        Assert.Null(attempts[1].EndedAt);
    }

    [Fact]
    public async Task Resumed_and_repeated_attempts_are_told_apart()
    {
        await using var files = Open();
        files.Begin(Attempt, "mini");
        files.Change(Attempt, AttemptState.Failed, "its connection was lost");
        files.Change(Attempt, AttemptState.Running);
        files.Change(Attempt, AttemptState.Succeeded);
        files.Begin(Attempt, "studio"); // the row is rendered again
        await files.DisposeAsync();
        Assert.Equal(
            [("mini", AttemptState.Succeeded, null), ("studio", AttemptState.Running, (string?)null)],
            Read(files).Select(attempt => (attempt.Worker, attempt.State, attempt.Error)));
    }

    [Fact]
    public async Task Incomplete_line_of_a_killed_process_costs_only_that_line()
    {
        await using (var files = Open())
            files.Begin(Attempt, "mini");
        File.AppendAllText(Path.Combine(_folder, "b1", "3.jsonl"), "{\"stage\":\"den");
        await using (var files = Open())
        {
            Assert.Equal(AttemptState.Running, Assert.Single(Read(files)).State);
            files.Change(Attempt, AttemptState.Succeeded);
        }

        await using var after = Open();
        Assert.Equal(AttemptState.Succeeded, Assert.Single(Read(after)).State);
    }

    [Fact]
    public async Task File_of_a_row_stays_small_but_has_every_end()
    {
        await using var files = Open();
        files.Begin(Attempt, "mini");
        var lines = Enumerable.Repeat(new string('x', LogLine.MaxLength), 30).ToArray();
        for (var i = 0; i < 2 * AttemptLogFiles.MaxRowBytes / lines.Sum(line => line.Length); i++)
        {
            files.Add(Lines((i * lines.Length) + 1, lines));
            if (i % 100 == 0)
                await WrittenAsync(files);
        }

        files.Change(Attempt, AttemptState.Succeeded);
        await files.DisposeAsync();
        Assert.InRange(new FileInfo(Path.Combine(_folder, "b1", "3.jsonl")).Length, 1, AttemptLogFiles.MaxRowBytes + 100_000);
        Assert.Equal(AttemptState.Succeeded, Assert.Single(Read(files)).State);
    }

    [Fact]
    public async Task Logs_of_the_oldest_batches_make_room_for_those_of_a_new_one()
    {
        await using var files = new AttemptLogFiles(_folder, TimeProvider.System, NullLogger<AttemptLogFiles>.Instance, maxTotalBytes: 100);
        foreach (var batch in new[] { "b1", "b2" })
        {
            files.Begin(In(batch), new string('m', 90));
            files.End(batch);
            await WrittenAsync(files, batch);
        }

        Assert.Empty(files.RowsOf("b1"));
        Assert.Equal([3], files.RowsOf("b2"));
        files.Remove("b2");
        await WrittenAsync(files, "b2");
        Assert.Empty(files.RowsOf("b2"));
    }

    [Fact]
    public async Task Logs_of_open_batches_are_kept_and_stop_growing_when_there_is_no_space()
    {
        const int MaxBytes = 10_000;
        await using (var before = Open())
            before.Begin(In("b0"), new string('m', MaxBytes / 2)); // an earlier process

        await using var files = new AttemptLogFiles(
            _folder, TimeProvider.System, NullLogger<AttemptLogFiles>.Instance, maxTotalBytes: MaxBytes);
        files.Begin(In("b1"), "mini");
        files.Begin(In("b2"), "studio");
        for (var i = 1; i <= 20; i++)
        {
            foreach (var batch in new[] { "b1", "b2" })
                files.Add(Lines(i, new string('x', 900)) with { Attempt = In(batch) });
        }

        files.Change(In("b1"), AttemptState.Succeeded);
        files.Begin(In("b2") with { Number = 3 }, "studio");
        await files.DisposeAsync();

        Assert.Empty(files.RowsOf("b0"));
        Assert.InRange(
            Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length),
            MaxBytes - 2000, MaxBytes + 500);
        var ended = Assert.Single(Read(files));
        Assert.Equal(AttemptState.Succeeded, ended.State);
        Assert.NotEmpty(ended.Lines);
        Assert.Equal([2, 3], Read(files, "b2").Select(attempt => attempt.Attempt));
    }

    [Fact]
    public async Task Starts_ends_and_removals_are_not_lost_when_the_disk_is_slow()
    {
        await File.WriteAllTextAsync(_folder, ""); // in place of the folder: the first write fails
        using var log = new BlockingLog();
        await using var files = new AttemptLogFiles(_folder, TimeProvider.System, log);
        using var follower = files.Follow("b2");
        files.Begin(In("b0"), "mini");
        await log.Reached.WaitAsync(Patience);
        File.Delete(_folder);
        files.Begin(Attempt, "mini");
        var lines = Enumerable.Repeat("x", 100).ToArray();
        for (var i = 0; i < AttemptLogFiles.MaxQueuedLines + 1000; i += lines.Length)
            files.Add(Lines(i + 1, lines));
        files.Change(Attempt, AttemptState.Succeeded);
        files.Begin(In("b3"), "mini");
        files.Remove("b3");
        files.End("b2");
        log.Continue();
        Assert.True((await follower.NextAsync(CancellationToken.None).WaitAsync(Patience)).HasEnded);
        await files.DisposeAsync();
        var attempt = Assert.Single(Read(files));
        Assert.Equal(AttemptState.Succeeded, attempt.State);
        Assert.Equal(AttemptLogFiles.MaxQueuedLines, attempt.Lines.Count);
        Assert.Empty(files.RowsOf("b3"));
    }

    [Fact]
    public async Task Text_of_workers_becomes_short_lines_without_control_characters()
    {
        await using var files = Open();
        files.Begin(Attempt, "mini");
        files.Add(Lines(1, "red \u001b[31m\nline", new string('x', 5000)));
        files.Change(Attempt, AttemptState.Failed, "too hot\r\nat \u001b]0;title\u0007" + new string('y', 5000));
        await files.DisposeAsync();
        var attempt = Assert.Single(Read(files));
        Assert.Equal(["red  [31m line", new string('x', LogLine.MaxLength) + "…"], attempt.Lines.Select(line => line.Text));
        Assert.StartsWith("too hot  at  ]0;title y", attempt.Error, StringComparison.Ordinal);
        Assert.Equal(2001, attempt.Error!.Length);
    }

    [Fact]
    public async Task Follower_learns_of_changed_rows_and_of_the_end()
    {
        await using var files = Open();
        using var follower = files.Follow("b1");
        files.Begin(Attempt, "mini");
        files.Begin(In("b2"), "mini");
        var (rows, hasEnded) = await follower.NextAsync(CancellationToken.None).WaitAsync(Patience);
        Assert.Equal([3], rows);
        Assert.False(hasEnded);
        files.End("b1");
        (rows, hasEnded) = await follower.NextAsync(CancellationToken.None).WaitAsync(Patience);
        Assert.Empty(rows);
        Assert.True(hasEnded);
    }

    private static AttemptLog Lines(int first, params string[] texts) =>
        new(Attempt, first, texts.Select(text => new LogLine(1000, text)).ToList());

    private static AttemptAddress In(string batch) => Attempt with { Stage = Attempt.Stage with { Batch = batch } };

    private static IReadOnlyList<AttemptLogView> Read(AttemptLogFiles files, string batch = "b1")
    {
        var position = 0L;
        return AttemptLogReader.Attempts(3, files.Read(batch, 3, ref position));
    }

    /// <summary>Waits until what was added is written.</summary>
    private static async Task WrittenAsync(AttemptLogFiles files, string batch = "b1")
    {
        using var follower = files.Follow(batch);
        files.End(batch);
        while (!(await follower.NextAsync(CancellationToken.None).WaitAsync(Patience)).HasEnded)
        {
        }
    }

    private AttemptLogFiles Open() => new(_folder, TimeProvider.System, NullLogger<AttemptLogFiles>.Instance);

    /// <summary>Blocks the writer at its first warning.</summary>
    private sealed class BlockingLog : ILogger<AttemptLogFiles>, IDisposable
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _continue = new();

        public Task Reached => _reached.Task;

        public void Continue() => _continue.Set();

        public void Dispose() => _continue.Dispose();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            _reached.TrySetResult();
            _continue.Wait(Patience);
        }
    }
}
