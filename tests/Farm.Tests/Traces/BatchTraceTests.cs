using MlxVideo.Farm.Tests.Decisions;
using MlxVideo.Farm.Traces;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.Tests.Traces;

public sealed class BatchTraceTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly IReadOnlyList<TraceLine> Lines =
    [
        new TraceLines.BatchSubmitted(
            At, "b1", 2, [new TracedClip(1, new ClipConstraints(5, At.AddHours(1), true, "studio"), FarmScenario.Settings())]),
        new TraceLines.WorkerPresent(
            At, "w1", "mini", "mps", "m", FarmScenario.Capabilities with { Tags = ["studio"], Hours = new AllowedHours(60, 120, -60) }),
        new TraceLines.AttemptStarted(At, 1, "denoise-1", 2, "w1", true),
        new TraceLines.AttemptEnded(At.AddSeconds(9), 1, "denoise-1", 2, "w1", AttemptOutcome.Failed, FailureKind.OutOfMemory,
            At.AddSeconds(4), "denoise", 12.5, 9),
        new TraceLines.AttemptEnded(At.AddSeconds(9), 1, "denoise-1", 1, "w1", AttemptOutcome.Abandoned, null, null, "denoise", 12.5, 9),
        new TraceLines.ResultShared(At, 1, "encode-prompt", new StageAddress("b0", 3, "encode-prompt")),
        new TraceLines.WorkerLeft(At, "w1"),
        new TraceLines.ClipEnded(At, 1, ClipState.Failed),
        new TraceLines.BatchEnded(At),
    ];

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.jsonl");

    [Fact]
    public void Written_lines_are_read_back()
    {
        var written = Write(Lines.Select(BatchTrace.Write).ToArray());
        var trace = BatchTrace.Read(_path);
        Assert.Equal(written, trace.Lines.Select(BatchTrace.Write));
        Assert.Equal(Lines.Select(line => line.GetType()), trace.Lines.Select(line => line.GetType()));
        Assert.Equal(Lines.Skip(2), trace.Lines.Skip(2)); // records without lists compare by value
        Assert.Equal("b1", trace.Batch.Id);
    }

    [Fact]
    public void Line_is_an_object_with_kind_time_and_snake_case_names()
    {
        Assert.Equal("""{"kind":"left","at":"2026-01-01T12:00:00+00:00","worker":"w1"}""", BatchTrace.Write(new TraceLines.WorkerLeft(At, "w1")));
        Assert.Equal(
            """{"kind":"ended","at":"2026-01-01T12:00:09+00:00","row":1,"stage":"denoise-1","attempt":2,"worker":"w1","outcome":"failed","failure":"out_of_memory","began":"2026-01-01T12:00:04+00:00","stage_kind":"denoise","tera_operations":12.5,"seconds":9}""",
            BatchTrace.Write(Lines[3]));
    }

    [Theory]
    [InlineData("""{"kind":"left","at":"2026-01-01T12:00:00Z","wor""")] // the coordinator was killed while writing
    [InlineData("""{"kind":"left","at":"2026-01-01T12:00:00Z"}""")]
    [InlineData("""{"kind":"left","at":"yesterday","worker":"w1"}""")]
    [InlineData("""{"kind":"dismissed","at":"2026-01-01T12:00:00Z"}""")]
    [InlineData("""{"at":"2026-01-01T12:00:00Z"}""")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("[1]")]
    public void Invalid_line_is_reported_with_its_number(string line)
    {
        Write(BatchTrace.Write(Lines[0]), BatchTrace.Write(Lines[2]), line, BatchTrace.Write(Lines[8]));
        var ex = Assert.Throws<TraceException>(() => BatchTrace.Read(_path));
        Assert.StartsWith($"{_path}, line 3: this is not a complete trace line (", ex.Message);
        Assert.EndsWith(").", ex.Message);
        Assert.DoesNotContain('\n', ex.Message);
    }

    [Fact]
    public void File_without_a_leading_batch_line_is_rejected()
    {
        Write(BatchTrace.Write(Lines[2]));
        Assert.Contains(
            "line 1: a trace must begin with a line of kind 'batch'", Assert.Throws<TraceException>(() => BatchTrace.Read(_path)).Message);
        Write();
        Assert.Contains("line 1", Assert.Throws<TraceException>(() => BatchTrace.Read(_path)).Message);
    }

    [Fact]
    public void Missing_file_is_reported() =>
        Assert.StartsWith($"The trace {_path} can't be read: ", Assert.Throws<TraceException>(() => BatchTrace.Read(_path)).Message);

    public void Dispose() => File.Delete(_path);

    private string[] Write(params string[] lines)
    {
        File.WriteAllText(_path, string.Concat(lines.Select(line => line + "\n")));
        return lines;
    }
}
