using System.CommandLine;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Files;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Farm;

/// <summary>The command <c>mlx-video farm submit</c>: checks and submits a CSV, and waits for the clips on request.</summary>
internal static class SubmitCommand
{
    public static Command Create()
    {
        var csv = new Argument<FileInfo>("csv") { Description = "CSV file with a header row and one row per clip." };
        var (api, output) = (FarmCommand.Api(), FarmCommand.Output());
        var wait = new Option<bool>("--wait") { Description = "Show progress and download the clips as they finish." };
        var skipInvalid = new Option<bool>("--skip-invalid") { Description = "Submit the valid rows of a CSV that contains errors." };
        var weight = NumberOption.Decimal(
            "--weight", "Share of the farm relative to other batches: 2 gets twice as much as 1.", 1, ClipConstraintsRules.Weight);
        var model = new Option<string?>("--model")
        {
            Description = "Model for the batch: its name, its digest, or the leading digits of its digest (see 'farm status'). "
                + "Required only while workers with different models are in the farm.",
        };
        var command = new Command("submit", "Submits a CSV of prompts as a batch.") { csv, api, wait, output, skipInvalid, weight, model };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var content = CheckedCsv.Read(parsed.GetRequiredValue(csv).FullName, parsed.GetValue(skipInvalid));
            var folder = parsed.GetValue(wait) ? OutputFolder.Open(parsed.GetRequiredValue(output).FullName) : null;
            using var http = FarmCommand.NewHttpClient();
            var client = new FarmClient(http, parsed.GetRequiredValue(api));
            var created =
                await BatchSubmission.SubmitAsync(client, content.Rows, parsed.GetValue(weight), parsed.GetValue(model), cancellationToken);
            var batch = created.Id;
            if (folder is null)
            {
                Console.WriteLine(batch);
                return content.Errors.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
            }

            var where = $"{batch} --api {parsed.GetRequiredValue(api)}";
            var rendering = created.Model is { } digest ? $", model {ModelSelection.Shorten(digest)}" : "";
            await Console.Error.WriteLineAsync($"Submitted batch {batch} (clips: {content.Rows.Count}{rendering}). "
                + $"It continues if you exit: './mlx-video farm collect {where}' downloads the clips, "
                + $"'./mlx-video farm cancel {where}' cancels it.");
            return await new BatchDelivery(client, folder).RunAsync(batch, content.Errors, cancellationToken);
        });
        return command;
    }
}
