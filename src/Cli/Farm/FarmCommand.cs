using System.CommandLine;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Farm.Progress;
using MlxVideo.Cli.Files;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Display;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Farm;

/// <summary>The command <c>mlx-video farm</c>: client requests to a coordinator.</summary>
internal static class FarmCommand
{
    public static Command Create() =>
        new("farm", "Submits batches to a farm and manages them.")
        {
            SubmitCommand.Create(), Collect(), Status(), ListCommand.Create(), Cancel(),
        };

    /// <summary>Creates the option <c>--api</c>.</summary>
    public static Option<Uri> Api() => new("--api")
    {
        Description = "Address of the coordinator's HTTP API.",
        DefaultValueFactory = _ => new Uri("http://127.0.0.1:8080"),
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
                return uri;
            result.AddError($"--api {result.Tokens[0].Value} is not an HTTP address: use one such as http://127.0.0.1:8080.");
            return null;
        },
    };

    /// <summary>Creates the option <c>--output</c>.</summary>
    public static Option<DirectoryInfo> Output() => new("--output", "-o")
    {
        Description = "Folder for the clips and report.json.",
        DefaultValueFactory = _ => new DirectoryInfo("output"),
    };

    /// <summary>Creates a client without a timeout: uploads can take arbitrarily long, and the API limits its own waits.</summary>
    public static HttpClient NewHttpClient() => new() { Timeout = Timeout.InfiniteTimeSpan };

    private static Command Collect()
    {
        var (api, batch, output) = (Api(), Batch(), Output());
        var command = new Command("collect", "Waits for a submitted batch and downloads its clips.") { batch, api, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var folder = OutputFolder.Open(parsed.GetRequiredValue(output).FullName);
            using var http = NewHttpClient();
            var delivery = new BatchDelivery(new FarmClient(http, parsed.GetRequiredValue(api)), folder);
            return await delivery.RunAsync(parsed.GetRequiredValue(batch), [], cancellationToken);
        });
        return command;
    }

    private static Command Status()
    {
        var api = Api();
        var batch = new Argument<string?>(
            "batch")
        { Description = "Batch ID; omit it to show the farm's workers.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("status", "Shows the farm's workers and their activity, or the progress of a batch.") { batch, api };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var http = NewHttpClient();
            var client = new FarmClient(http, parsed.GetRequiredValue(api));
            if (parsed.GetValue(batch) is { } id)
                new ProgressLines(Console.Out, showWaiting: true).Show(await client.GetBatchAsync(id, null, cancellationToken));
            else
                ShowWorkers(await client.GetFarmAsync(cancellationToken));
            return ExitCodes.Done;
        });
        return command;
    }

    private static void ShowWorkers(FarmStatus farm)
    {
        if (farm.Problem is { } problem)
            Console.WriteLine(problem);
        if (farm.Workers.Count == 0)
            Console.WriteLine("The farm has no workers.");
        foreach (var worker in farm.Workers)
            Console.WriteLine($"{worker.Name}  {worker.Device}  {worker.ModelName} ({ModelSelection.Shorten(worker.Model)})  "
                + $"{worker.Activity ?? worker.Problem ?? "idle"}{MemoryOf(worker)}");
    }

    private static string MemoryOf(WorkerView worker) =>
        worker.Memory is { } memory ? $"  ({Readable.Gibibytes(memory.DriverBytes)} of device memory)" : "";

    private static Command Cancel()
    {
        var (api, batch) = (Api(), Batch());
        var command = new Command("cancel", "Cancels the unfinished clips of a batch; finished clips are kept.") { batch, api };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var http = NewHttpClient();
            var view = await new FarmClient(http, parsed.GetRequiredValue(api))
                .CancelAsync(parsed.GetRequiredValue(batch), cancellationToken);
            Console.WriteLine($"{view.Id}: {Count(ClipState.Finished)} finished, {Count(ClipState.Failed)} failed, "
                + $"{Count(ClipState.Cancelled)} cancelled.");
            return ExitCodes.Done;

            int Count(ClipState state) => view.Clips.Count(clip => clip.State == state);
        });
        return command;
    }

    private static Argument<string> Batch() => new("batch") { Description = "Batch ID." };
}
