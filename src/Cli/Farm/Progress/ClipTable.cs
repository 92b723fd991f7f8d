using MlxVideo.Shared.Api;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MlxVideo.Cli.Farm.Progress;

/// <summary>A batch as a table that fits the terminal: a line for each clip, those at work first when there are too many.</summary>
internal static class ClipTable
{
    private const int LinesAroundTheRows = 6;
    private const int PromptLength = 36;

    public static IRenderable Of(BatchView view, int terminalHeight)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in new[] { "row", "prompt", "stage", "step", "worker", "elapsed", "left" })
            table.AddColumn(column);
        var room = Math.Max(1, terminalHeight - LinesAroundTheRows);
        var shown = view.Clips.Count <= room ? view.Clips : view.Clips.OrderBy(Rank).ThenBy(clip => clip.Row).Take(room).OrderBy(clip => clip.Row).ToList();
        foreach (var clip in shown)
        {
            var line = ClipLine.Of(clip);
            var colour = clip.State switch
            {
                ClipState.Finished => "green",
                ClipState.Failed => "red",
                ClipState.Rendering => "default",
                _ => "grey",
            };
            table.AddRow(new[] { clip.Row.ToString(), Shorten(clip.Settings.Prompt), line.Stage, line.Step, line.Worker, line.Elapsed, line.Estimate }
                .Select(text => (IRenderable)new Markup($"[{colour}]{Markup.Escape(text)}[/]")));
        }

        table.Caption($"{view.Clips.Count(clip => clip.State == ClipState.Finished)} of {view.Clips.Count} clips finished");
        return table;
    }

    private static int Rank(ClipView clip) => clip.State switch
    {
        ClipState.Rendering => 0,
        ClipState.Failed => 1,
        ClipState.Waiting => 2,
        _ => 3,
    };

    private static string Shorten(string prompt) => prompt.Length <= PromptLength ? prompt : prompt[..(PromptLength - 1)] + "…";
}
