using Microsoft.Extensions.Logging;
using MlxVideo.Coordinator.Tracing;
using MlxVideo.Farm.Traces;

namespace MlxVideo.Coordinator.Tests.Tracing;

public sealed class TraceFilesTests : IDisposable
{
    private const string FullDisk = "/dev/full"; // exists on Linux

    private static readonly DateTimeOffset At = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("traces-").FullName;
    private readonly WarningCounter _log = new();

    public static TheoryData<string> Obstacles => OperatingSystem.IsLinux() ? ["folder", FullDisk] : ["folder"];

    [Fact]
    public async Task Lines_of_several_batches_are_written_in_order()
    {
        await using (var files = new TraceFiles(_folder, _log))
        {
            files.Write("b1", new TraceLines.BatchSubmitted(At, "b1", 1, []));
            files.Write("b2", new TraceLines.BatchSubmitted(At, "b2", 1, []));
            for (var row = 1; row <= 1000; row++)
                files.Write($"b{1 + (row % 2)}", new TraceLines.AttemptStarted(At, row, "mux", 1, "w1", false));
            files.Write("b1", new TraceLines.BatchEnded(At));
        }

        Assert.Equal(Enumerable.Range(1, 500).Select(half => 2 * half), Rows("b1"));
        Assert.Equal(Enumerable.Range(0, 500).Select(half => (2 * half) + 1), Rows("b2"));
        Assert.Equal(0, _log.Warnings);

        IEnumerable<int> Rows(string batch) =>
            BatchTrace.Read(FileOf(batch)).Lines.OfType<TraceLines.AttemptStarted>().Select(line => line.Row);
    }

    [Theory]
    [MemberData(nameof(Obstacles))]
    public async Task Unwritable_trace_is_abandoned_with_one_warning(string obstacle)
    {
        if (obstacle == FullDisk)
            File.CreateSymbolicLink(FileOf("b1"), FullDisk);
        else
            Directory.CreateDirectory(FileOf("b1")); // in place of the file
        await using (var files = new TraceFiles(_folder, _log))
        {
            foreach (var batch in new[] { "b1", "b2" })
            {
                files.Write(batch, new TraceLines.BatchSubmitted(At, batch, 1, []));
                for (var row = 1; row <= 1000; row++)
                    files.Write(batch, new TraceLines.AttemptStarted(At, row, "mux", 1, "w1", false));
                files.Write(batch, new TraceLines.BatchEnded(At));
            }
        }

        Assert.Equal(1, _log.Warnings);
        Assert.Equal(1002, BatchTrace.Read(FileOf("b2")).Lines.Count);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string FileOf(string batch) => Path.Combine(_folder, $"{batch}.jsonl");

    private sealed class WarningCounter : ILogger<TraceFiles>
    {
        public int Warnings { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Warnings += logLevel == LogLevel.Warning ? 1 : 0;
    }
}
