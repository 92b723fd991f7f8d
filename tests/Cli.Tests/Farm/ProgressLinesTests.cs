using FsCheck.Xunit;
using MlxVideo.Cli.Farm.Progress;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using Spectre.Console;

namespace MlxVideo.Cli.Tests.Farm;

public sealed class ProgressLinesTests
{
    [Fact]
    public void Line_is_written_for_each_change_of_stage_worker_or_state()
    {
        var writer = new StringWriter();
        var lines = new ProgressLines(writer);
        var blob = new Shared.Artefacts.BlobRef(new string('0', 64), 1);
        lines.Show(Views.Running(1, Views.Clip(1, ClipState.Waiting)));
        lines.Show(Views.Running(2, Views.Rendering(1, 0)));
        lines.Show(Views.Running(3, Views.Rendering(1, 4)));
        lines.Show(Views.Ended(4, Views.Finished(1, blob)));
        Assert.Equal(
            ["row 1: denoise-1, step 0/8, on worker-1, 1.3 s, about 3.0 s (2.5 s to 4.0 s) left", "row 1: finished, 1.3 s"],
            writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Property]
    public bool Arbitrary_numbers_are_displayed(double elapsed, double expected, double earliest, double latest, double age)
    {
        var clip = Views.Rendering(1, 4) with { ElapsedS = elapsed, Remaining = new RemainingTime(expected, earliest, latest) };
        var (writer, table) = (new StringWriter(), new StringWriter());
        new ProgressLines(writer).Show(Views.Running(1, clip));
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(table) });
        console.Write(ClipTable.Of(Views.Running(1, clip), age, terminalHeight: 20));
        return writer.ToString().StartsWith("row 1: ", StringComparison.Ordinal)
            && table.ToString().Contains("0 of 1 clips finished", StringComparison.Ordinal);
    }

    [Fact]
    public void Coordinator_problem_is_shown_once_when_it_starts()
    {
        var writer = new StringWriter();
        var lines = new ProgressLines(writer);
        var view = Views.Running(1, Views.Clip(1, ClipState.Waiting));
        foreach (var problem in new[] { null, "The disk is full.", "The disk is full.", null, "The disk is full." })
            lines.Show(view with { Problem = problem });
        Assert.Equal(
            ["The disk is full.", "The disk is full."],
            writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Failed_clip_is_shown_with_its_error()
    {
        var writer = new StringWriter();
        new ProgressLines(writer).Show(Views.Ended(1, Views.Clip(1, ClipState.Failed, error: "The model is damaged.")));
        Assert.Contains("The model is damaged.", writer.ToString());
    }

    [Fact]
    public void Table_shows_rendering_clips_first_when_space_is_limited()
    {
        var clips = Enumerable.Range(1, 30)
            .Select(row => row == 25 ? Views.Rendering(row, 4) : Views.Clip(row, ClipState.Waiting)).ToArray();
        var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = 120;
        console.Write(ClipTable.Of(Views.Running(1, clips), age: 2, terminalHeight: 10));
        var row = Assert.Single(writer.ToString().Split('\n'), line => line.Contains("prompt 25"));
        Assert.All(["25", "denoise-1", "4/8", "worker-1", "3.3 s", "about 1.0 s (0.5 s to 2.0 s)"], cell => Assert.Contains(cell, row));
        Assert.Contains("0 of 30 clips finished", writer.ToString());
        Assert.DoesNotContain("prompt 30", writer.ToString());
    }
}
