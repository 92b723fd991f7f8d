using System.Globalization;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MlxVideo.Cli.Farm.Progress;

/// <summary>A batch as a table that fits the terminal, one line per clip. Clips in progress come first when there are too many.</summary>
internal static class ClipTable
{
    private const int LinesAroundTheRows = 6;
    private const int PromptLength = 36;

    /// <param name="age">Seconds since the view was received.</param>
    /// <param name="terminalHeight">Height of the terminal in lines.</param>
    public static IRenderable Of(BatchView view, double age, int terminalHeight)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in new[] { "row", "prompt", "stage", "step", "worker", "elapsed", "left" })
            table.AddColumn(new TableColumn(column).NoWrap());
        foreach (var clip in Shown(view, Math.Max(1, terminalHeight - LinesAroundTheRows)))
        {
            var line = ClipLine.Of(clip, age);
            var style = clip.State switch
            {
                ClipState.Finished => new Style(Color.Green),
                ClipState.Failed => new Style(Color.Red),
                ClipState.Rendering => Style.Plain,
                _ => new Style(Color.Grey),
            };
            var cells =
                new[] { clip.Row.ToString(CultureInfo.InvariantCulture), Shorten(clip.Settings.Prompt), line.Stage, line.Step, line.Worker,
                    line.Elapsed, line.Estimate };
            table.AddRow(cells.Select(IRenderable (text) => new Text(text, style).Overflow(Overflow.Ellipsis)));
        }

        var finished = view.Clips.Count(clip => clip.State == ClipState.Finished);
        var problem = view.Problem is null ? "" : $"\n{Markup.Escape(view.Problem)}";
        table.Caption($"{finished} of {view.Clips.Count} clips finished{problem}");
        return table;
    }

    private static IEnumerable<ClipView> Shown(BatchView view, int room) => view.Clips.Count <= room
        ? view.Clips
        : view.Clips.OrderBy(Rank).ThenBy(clip => clip.Row).Take(room).OrderBy(clip => clip.Row);

    private static int Rank(ClipView clip) => clip.State switch
    {
        ClipState.Rendering => 0,
        ClipState.Failed => 1,
        ClipState.Waiting => 2,
        _ => 3,
    };

    private static string Shorten(string prompt)
    {
        var line = prompt.ReplaceLineEndings(" ");
        return line.Length <= PromptLength ? line : line[..(PromptLength - 1)] + "…";
    }
}
