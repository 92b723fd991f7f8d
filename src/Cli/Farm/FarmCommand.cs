using System.CommandLine;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Farm.Progress;
using MlxVideo.Cli.Files;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Farm;

/// <summary><c>mlx-video farm</c>: what a client asks of a coordinator.</summary>
internal static class FarmCommand
{
    public static Command Create() =>
        new("farm", "Submit batches to a farm and look after them.")
        {
            SubmitCommand.Create(), Collect(), Status(), ListCommand.Create(), Cancel(),
        };

    /// <summary><c>--api</c>: the coordinator's address.</summary>
    public static Option<Uri> Api() => new("--api")
    {
        Description = "Address of the coordinator's HTTP API.",
        DefaultValueFactory = _ => new Uri("http://127.0.0.1:8080"),
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
                return uri;
            result.AddError($"--api {result.Tokens[0].Value} is no address; give one such as http://127.0.0.1:8080.");
            return null;
        },
    };

    /// <summary><c>--output</c>: where clips go.</summary>
    public static Option<DirectoryInfo> Output() => new("--output", "-o")
    {
        Description = "Folder for the clips and report.json.",
        DefaultValueFactory = _ => new DirectoryInfo("output"),
    };

    /// <summary>A client without a time limit of its own: uploads take as long as they take, waits are bounded by the API.</summary>
    public static HttpClient NewHttpClient() => new() { Timeout = Timeout.InfiniteTimeSpan };

    private static Command Collect()
    {
        var (api, batch, output) = (Api(), Batch(), Output());
        var command = new Command("collect", "Wait for a batch that was submitted before, and fetch its clips.") { batch, api, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var folder = OutputFolder.Open(parsed.GetRequiredValue(output).FullName);
            using var http = NewHttpClient();
            var delivery = new BatchDelivery(new FarmClient(http, parsed.GetRequiredValue(api)), folder);
            return await delivery.Run(parsed.GetRequiredValue(batch), [], cancellationToken);
        });
        return command;
    }

    private static Command Status()
    {
        var api = Api();
        var batch = new Argument<string?>(
            "batch")
        { Description = "Id of a batch to show; without it the farm's workers are shown.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("status", "Show the farm's workers and what they do, or how far a batch is.") { batch, api };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var http = NewHttpClient();
            var client = new FarmClient(http, parsed.GetRequiredValue(api));
            if (parsed.GetValue(batch) is { } id)
                new ProgressLines(Console.Out, showWaiting: true).Show(await client.Batch(id, null, cancellationToken));
            else
                ShowWorkers(await client.Farm(cancellationToken));
            return ExitCodes.Done;
        });
        return command;
    }

    private static void ShowWorkers(FarmStatus farm)
    {
        if (farm.Problem is { } problem)
            Console.WriteLine(problem);
        if (farm.Workers.Count == 0)
            Console.WriteLine("No workers.");
        foreach (var worker in farm.Workers)
            Console.WriteLine($"{worker.Name}  {worker.Device}  {worker.ModelName} ({ModelSelection.Shorten(worker.Model)})  "
                + $"{worker.Activity ?? worker.Problem ?? "idle"}");
    }

    private static Command Cancel()
    {
        var (api, batch) = (Api(), Batch());
        var command = new Command("cancel", "Give up what is left of a batch; finished clips stay.") { batch, api };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var http = NewHttpClient();
            var view = await new FarmClient(http, parsed.GetRequiredValue(api)).Cancel(parsed.GetRequiredValue(batch), cancellationToken);
            Console.WriteLine($"{view.Id}: {Count(ClipState.Finished)} finished, {Count(ClipState.Failed)} failed, "
                + $"{Count(ClipState.Cancelled)} cancelled.");
            return ExitCodes.Done;

            int Count(ClipState state) => view.Clips.Count(clip => clip.State == state);
        });
        return command;
    }

    private static Argument<string> Batch() => new("batch") { Description = "The batch's id." };
}
