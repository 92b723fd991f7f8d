using System.Globalization;
using Spectre.Console;

namespace MlxVideo.Cli.Farm;

/// <summary>Shows a report to people.</summary>
internal static class ReportTable
{
    public static void Print(BatchReport report, OutputFolder folder)
    {
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn(new TableColumn("row").RightAligned());
        table.AddColumn("clip");
        table.AddColumn("size");
        table.AddColumn(new TableColumn("frames").RightAligned());
        table.AddColumn(new TableColumn("fps").RightAligned());
        table.AddColumn(new TableColumn("seed").RightAligned());
        table.AddColumn(new TableColumn("seconds").RightAligned());
        foreach (var clip in report.Clips)
        {
            table.AddRow(
                Number(clip.Row), Markup.Escape(clip.Output), $"{clip.Width} x {clip.Height}", Number(clip.Frames), Number(clip.Fps), Number(clip.Seed),
                clip.ElapsedS.ToString("0.0", CultureInfo.InvariantCulture));
        }

        AnsiConsole.Write(table);
        foreach (var row in report.Failed)
            Console.Error.WriteLine($"row {row.Row} failed: {row.Error}");
        Console.WriteLine($"{report.Clips.Count} delivered, {report.Failed.Count} failed, {report.ElapsedS.ToString("0.0", CultureInfo.InvariantCulture)} s: {folder.Path}");
    }

    private static string Number(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
