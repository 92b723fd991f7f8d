using System.Globalization;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Display;
using Spectre.Console;

namespace MlxVideo.Cli.Farm;

/// <summary>Prints a report as a table.</summary>
internal static class ReportTable
{
    private const int WidthOfFiles = 160;
    private const int WidthWithHashes = 132;

    public static void Print(BatchReport report, OutputFolder folder)
    {
        if (!AnsiConsole.Profile.Out.IsTerminal)
            AnsiConsole.Profile.Width = WidthOfFiles;
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn(new TableColumn("row").RightAligned());
        table.AddColumn("clip");
        table.AddColumn("size");
        table.AddColumn(new TableColumn("frames").RightAligned());
        table.AddColumn(new TableColumn("fps").RightAligned());
        table.AddColumn(new TableColumn("seed").RightAligned());
        table.AddColumn(new TableColumn("seconds").RightAligned());
        var hasRoomForHashes = AnsiConsole.Profile.Width >= WidthWithHashes;
        if (hasRoomForHashes)
            table.AddColumn("framemd5");
        foreach (var clip in report.Clips)
        {
            string[] cells =
            [
                Number(clip.Row), Markup.Escape(clip.Output), $"{clip.Width} x {clip.Height}", Number(clip.Frames),
                Readable.Number(clip.Fps, decimals: 5), Number(clip.Seed), Readable.Column(clip.ElapsedS),
            ];
            table.AddRow(hasRoomForHashes ? [.. cells, clip.Framemd5] : cells);
        }

        if (report.Clips.Count > 0)
            AnsiConsole.Write(table);
        foreach (var row in report.Failed)
            Console.Error.WriteLine($"row {row.Row} failed: {row.Error}");
        Console.WriteLine(
            $"{report.Clips.Count} delivered, {report.Failed.Count} failed, {Readable.Column(report.ElapsedS)} s: {folder.FullPath}");
    }

    private static string Number(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
