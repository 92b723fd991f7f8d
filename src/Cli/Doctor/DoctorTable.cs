using System.Globalization;
using MlxVideo.Engine.Diagnostics;
using MlxVideo.Shared.Diagnostics;
using MlxVideo.Shared.Display;
using Spectre.Console;

namespace MlxVideo.Cli.Doctor;

/// <summary>Prints a report as tables: the operations of the self-test, then the checks, then what to do.</summary>
internal static class DoctorTable
{
    private const int WidthOfFiles = 160;

    public static void Print(DoctorReport report)
    {
        if (!AnsiConsole.Profile.Out.IsTerminal)
            AnsiConsole.Profile.Width = WidthOfFiles;
        if (report.SelfTest.Count > 0)
            AnsiConsole.Write(Operations(report.SelfTest));
        if (report.Features.Count > 0)
            AnsiConsole.Write(Features(report.Features));
        AnsiConsole.Write(Checks(report.Checks));
        foreach (var check in report.Checks.Where(check => check.Remedy is not null))
            Console.WriteLine($"{check.Check}: {check.Remedy}");
        Console.WriteLine(report.Usable ? "This machine can render." : "This machine can't render as requested.");
    }

    private static Table Operations(IReadOnlyList<OperationResult> operations)
    {
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn("operation");
        foreach (var number in new[] { "error", "tolerance", "ms" })
            table.AddColumn(new TableColumn(number).RightAligned());
        table.AddColumn("result");
        foreach (var operation in operations)
        {
            table.AddRow(
                Markup.Escape(operation.Operation), Error(operation.Error), Error(operation.Tolerance),
                Readable.Column(operation.Seconds * 1000), operation.Passed ? "[green]passed[/]" : "[red]failed[/]");
        }

        return table;
    }

    private static Table Features(IReadOnlyList<FeatureResult> features)
    {
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumns("function of libtorch", "result", "finding");
        foreach (var feature in features)
            table.AddRow(
                Markup.Escape(feature.Feature), feature.IsApproved ? "[green]approved[/]" : "not used", Markup.Escape(feature.Finding));
        return table;
    }

    private static Table Checks(IReadOnlyList<CheckResult> checks)
    {
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumns("check", "result", "finding");
        foreach (var check in checks)
        {
            var outcome = check.Outcome switch
            {
                CheckOutcome.Passed => "[green]passed[/]",
                CheckOutcome.Warning => "[yellow]warning[/]",
                _ => "[red]failed[/]",
            };
            table.AddRow(Markup.Escape(check.Check), outcome, Markup.Escape(check.Finding));
        }

        return table;
    }

    private static string Error(double value) =>
        value == 0 ? "exact" : double.IsNaN(value) ? "–" : value.ToString("0.0e+0", CultureInfo.InvariantCulture);
}
