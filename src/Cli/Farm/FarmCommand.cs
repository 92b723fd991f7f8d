using System.CommandLine;
using MlxVideo.Shared.Api;

namespace MlxVideo.Cli.Farm;

/// <summary><c>mlx-video farm</c>: what a client asks of a coordinator.</summary>
internal static class FarmCommand
{
    public static Command Create() => new("farm", "Submit batches to a farm and look after them.") { SubmitCommand.Create(), Status(), Cancel() };

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

    /// <summary>A client without a time limit of its own: uploads take as long as they take, waits are bounded by the API.</summary>
    public static HttpClient NewHttpClient() => new() { Timeout = Timeout.InfiniteTimeSpan };

    private static Command Status()
    {
        var api = Api();
        var command = new Command("status", "Show the farm's workers and what they do.") { api };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var http = NewHttpClient();
            var farm = await new FarmClient(http, parsed.GetRequiredValue(api)).Farm(cancellation);
            if (farm.Workers.Count == 0)
                Console.WriteLine("No workers.");
            foreach (var worker in farm.Workers)
                Console.WriteLine($"{worker.Name}  {worker.Device}  {worker.Task ?? "idle"}");
            return 0;
        });
        return command;
    }

    private static Command Cancel()
    {
        var api = Api();
        var batch = new Argument<string>("batch") { Description = "The batch's id." };
        var command = new Command("cancel", "Give up what is left of a batch; finished clips stay.") { batch, api };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var http = NewHttpClient();
            var view = await new FarmClient(http, parsed.GetRequiredValue(api)).Cancel(parsed.GetRequiredValue(batch), cancellation);
            Console.WriteLine($"{view.Id}: {view.Clips.Count(clip => clip.State == ClipState.Finished)} finished, {view.Clips.Count(clip => clip.State == ClipState.Cancelled)} cancelled.");
            return 0;
        });
        return command;
    }
}
