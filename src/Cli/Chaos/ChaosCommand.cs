using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using System.Text.Json;
using MlxVideo.Cli.Chaos.Plan;
using MlxVideo.Engine.Models.Tiny;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Json;

namespace MlxVideo.Cli.Chaos;

/// <summary>
/// The command <c>mlx-video chaos</c>: injects faults into a temporary farm on this machine and checks that nothing is lost
/// (docs/reliability.md).
/// </summary>
internal static class ChaosCommand
{
    private const int DefaultWorkers = 3;
    private const int DefaultRows = 36;
    private const int MaxWorkers = 64;
    private const int MaxRows = 10_000;
    private const double DefaultMinutes = 5;

    private static readonly JsonSerializerOptions Indented = new(FarmJson.Options) { WriteIndented = true };

    public static Command Create()
    {
        var seed = NumberOption.Int("--seed", "Seed of rows and faults.", 1);
        var minutes = NumberOption.Decimal(
            "--minutes", "Minutes in which faults are injected.", DefaultMinutes, NumberOption.AboveZero("minutes"));
        var workers = NumberOption.Int("--workers", "Number of worker processes.", DefaultWorkers, NumberOption.Between(1, MaxWorkers));
        var rows = NumberOption.Int("--rows", "Number of rows to render.", DefaultRows, NumberOption.Between(1, MaxRows));
        var faults = Faults();
        var json = new Option<bool>("--json") { Description = "Print the result as JSON." };
        var command = new Command("chaos", "Injects faults into a temporary farm on this machine and checks that nothing is lost.")
        {
            seed, minutes, workers, rows, faults, json,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new ChaosOptions(
                parsed.GetValue(seed), TimeSpan.FromMinutes(parsed.GetValue(minutes)), parsed.GetValue(workers), parsed.GetValue(rows),
                parsed.GetValue(faults)!),
            parsed.GetValue(json),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ChaosOptions options, bool asJson, CancellationToken cancellationToken)
    {
        var tools = FfmpegTools.Find();
        var model = TinyModel.InUserCache();
        var root = Directory.CreateTempSubdirectory("mlx-video-chaos-").FullName;
        var keep = false;
        try
        {
            var report = await new ChaosRun(options, tools, TimeProvider.System, Console.Error.WriteLine)
                .RunAsync(root, model, cancellationToken);
            keep = report.Problems.Count > 0;
            if (asJson)
                Console.WriteLine(JsonSerializer.Serialize(report, Indented));
            else
                ChaosTable.Print(report);
            if (keep)
                await Console.Error.WriteLineAsync($"Logs and data of the farm are in {root}.");
            return keep ? ExitCodes.Failed : ExitCodes.Done;
        }
        finally
        {
            if (!keep)
                Directory.Delete(root, recursive: true);
        }
    }

    private static Option<IReadOnlyList<FaultKind>> Faults() => new("--faults")
    {
        Description = $"Comma-separated kinds of faults: {string.Join(", ", FaultKinds.ByName.Keys)}; all of them by default.",
        DefaultValueFactory = _ => [.. FaultKinds.ByName.Values],
        CompletionSources = { _ => FaultKinds.ByName.Keys.Select(name => new CompletionItem(name)) },
        CustomParser = Parse,
    };

    private static IReadOnlyList<FaultKind>? Parse(ArgumentResult result)
    {
        var names = result.Tokens[0].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (names.FirstOrDefault(name => !FaultKinds.ByName.ContainsKey(name)) is not { } unknown)
            return names.Select(name => FaultKinds.ByName[name]).Distinct().ToList();
        result.AddError($"--faults: '{unknown}' is not a kind of fault; use {string.Join(", ", FaultKinds.ByName.Keys)}.");
        return null;
    }
}
