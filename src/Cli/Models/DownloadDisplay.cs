using MlxVideo.Hub.Api;
using MlxVideo.Hub.Downloads;
using MlxVideo.Shared.Artefacts;
using Spectre.Console;

namespace MlxVideo.Cli.Models;

/// <summary>Shows the plan of a download, and its progress as bars on a terminal, otherwise as plain lines.</summary>
internal static class DownloadDisplay
{
    /// <summary>Prints the files with their sizes, the total and the licence.</summary>
    public static void Show(DownloadPlan plan, HubClient client)
    {
        var model = plan.Model;
        Console.WriteLine($"{model.Reference.Repository} at {model.Commit}");
        foreach (var (file, missing) in plan.Files)
            Console.WriteLine($"  {ByteSize.Text(file.Size),10}  {file.Path}{StateOf(file, missing)}");
        Console.WriteLine($"  {ByteSize.Text(plan.TotalBytes),10}  in total, of which {ByteSize.Text(plan.MissingBytes)} are missing");
        Console.WriteLine($"Licence: {model.Licence ?? "not stated"}; read it at {client.PageOf(model.Reference.Repository)}");
        if (NeedsTextEncoder(plan))
        {
            Console.WriteLine("This repository has no text encoder: also run 'mlx-video model download gemma-3-12b', and render with "
                + "--text-encoder-repo gemma-3-12b.");
        }
    }

    /// <summary>Runs a download and shows the progress reported to its argument.</summary>
    public static Task<string> FollowAsync(DownloadPlan plan, Func<Action<DownloadProgress>, Task<string>> download) =>
        AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected
            ? FollowWithBarsAsync(plan, download)
            : download(WriteLine);

    private static Task<string> FollowWithBarsAsync(DownloadPlan plan, Func<Action<DownloadProgress>, Task<string>> download) =>
        AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
                new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(context =>
            {
                var bars = plan.Files.ToDictionary(
                    planned => planned.File.Path,
                    planned => context.AddTask(Markup.Escape(planned.File.Name), maxValue: Math.Max(1, planned.File.Size)));
                return download(progress =>
                {
                    var bar = bars[progress.Path];
                    bar.Value = progress.TotalBytes == 0 ? bar.MaxValue : progress.DoneBytes;
                    if (progress.Problem is { } problem)
                        AnsiConsole.MarkupLineInterpolated($"{problem}");
                });
            });

    private static void WriteLine(DownloadProgress progress)
    {
        if (progress.Problem is { } problem)
            Console.WriteLine(problem);
        else if (progress.DoneBytes == progress.TotalBytes)
            Console.WriteLine($"{progress.Path}: {ByteSize.Text(progress.TotalBytes)}");
    }

    private static string StateOf(HubFile file, long missing) =>
        missing == 0 ? " (in the cache)" : missing < file.Size ? $" ({ByteSize.Text(file.Size - missing)} in the cache)" : "";

    /// <summary>True for a model's checkpoint in a repository that holds no text encoder at all.</summary>
    private static bool NeedsTextEncoder(DownloadPlan plan) =>
        plan.Files.Any(planned => planned.File.Folder.Length == 0 && planned.File.Name.EndsWith(".safetensors", StringComparison.Ordinal))
        && !plan.Model.Files.Any(file => file.Folder is "text_encoder" or "gemma" || file.Path == "tokenizer.json");
}
