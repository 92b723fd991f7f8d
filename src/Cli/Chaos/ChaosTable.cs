using MlxVideo.Cli.Chaos.Plan;
using MlxVideo.Shared.Display;
using Spectre.Console;

namespace MlxVideo.Cli.Chaos;

/// <summary>Prints the result of a chaos run as a table.</summary>
internal static class ChaosTable
{
    public static void Print(ChaosReport report)
    {
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn("fault");
        table.AddColumn(new TableColumn("injected").RightAligned());
        table.AddColumn(new TableColumn("skipped").RightAligned());
        foreach (var count in report.Faults)
            table.AddRow(FaultKinds.NameOf(count.Kind), $"{count.Injected}", $"{count.Skipped}");
        AnsiConsole.Write(table);
        Console.WriteLine(
            $"{report.Delivered} of {report.Rows} rows delivered in {report.Batches} batches; {report.Attempts} attempts of stages, "
            + $"{report.Retries} of them retries; {report.Restarts} restarts; {report.ClientRuns} client runs");
        Console.WriteLine(
            $"undisturbed {Readable.Column(report.UndisturbedS)} s, with faults {Readable.Column(report.DisturbedS)} s, "
            + $"idle and clean {Readable.Column(report.SettledS)} s later");
        foreach (var problem in report.Problems)
            Console.Error.WriteLine(problem);
        Console.WriteLine(
            report.Problems.Count == 0
                ? $"Nothing was lost (seed {report.Seed})."
                : $"{report.Problems.Count} {(report.Problems.Count == 1 ? "problem" : "problems")} (seed {report.Seed}).");
    }
}
