using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MlxVideo.Cli.Errors;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Json;

namespace MlxVideo.Cli.Farm;

/// <summary>The command <c>mlx-video farm list</c>: lists the batches of a farm.</summary>
internal static class ListCommand
{
    private static readonly JsonSerializerOptions Indented = new(FarmJson.Options) { WriteIndented = true };

    public static Command Create()
    {
        var api = FarmCommand.Api();
        var json = new Option<bool>("--json") { Description = "Print the list as JSON." };
        var command = new Command("list", "Lists the farm's batches with ID, submission time and progress.") { api, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var http = FarmCommand.NewHttpClient();
            var list = await new FarmClient(http, parsed.GetRequiredValue(api)).GetBatchesAsync(cancellationToken);
            if (parsed.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(list, Indented));
            else
                Write(list, Console.Out, TimeZoneInfo.Local);
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Writes one line per batch, with times in <paramref name="zone"/>.</summary>
    internal static void Write(BatchList list, TextWriter output, TimeZoneInfo zone)
    {
        if (list.Batches.Count == 0)
            output.WriteLine("No batches.");
        foreach (var batch in list.Batches)
        {
            var ended = batch.EndedAt is { } time ? $"ended {Local(time)}" : "running";
            output.WriteLine($"{batch.Id}  submitted {Local(batch.SubmittedAt)}  {ended}  {Counts(batch.Clips)}");
        }

        string Local(DateTimeOffset time) =>
            TimeZoneInfo.ConvertTime(time, zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
    }

    private static string Counts(ClipCounts clips) => string.Join(", ", new[]
    {
        (clips.Waiting, "waiting"), (clips.Rendering, "rendering"), (clips.Finished, "finished"),
        (clips.Failed, "failed"), (clips.Cancelled, "cancelled"),
    }.Where(count => count.Item1 > 0).Select(count => $"{count.Item1} {count.Item2}"));
}
