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

/// <summary><c>mlx-video farm submit</c>: check a CSV, submit it, wait for the clips.</summary>
internal static class SubmitCommand
{
    public static Command Create()
    {
        var csv = new Argument<FileInfo>("csv") { Description = "The CSV: a header row, then a row for each clip." };
        var (api, output) = (FarmCommand.Api(), FarmCommand.Output());
        var wait = new Option<bool>("--wait") { Description = "Show progress and fetch the clips as they are finished." };
        var skipInvalid = new Option<bool>("--skip-invalid") { Description = "Submit the good rows of a CSV that has faults." };
        var weight = NumberOption.Decimal(
            "--weight", "The batch's share of the farm beside other batches: 2 gets twice as much as 1.", 1, ClipConstraintsRules.Weight);
        var model = new Option<string?>("--model")
        {
            Description = "Model that renders the batch: its name, its digest, or the first digits of that (see 'farm status'). "
                + "Needed only while workers with different models are in the farm.",
        };
        var command = new Command("submit", "Submit a CSV of prompts as a batch.") { csv, api, wait, output, skipInvalid, weight, model };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var content = CheckedCsv.Read(parsed.GetRequiredValue(csv).FullName, parsed.GetValue(skipInvalid));
            var folder = parsed.GetValue(wait) ? OutputFolder.Open(parsed.GetRequiredValue(output).FullName) : null;
            using var http = FarmCommand.NewHttpClient();
            var client = new FarmClient(http, parsed.GetRequiredValue(api));
            var created =
                await BatchSubmission.Submit(client, content.Rows, parsed.GetValue(weight), parsed.GetValue(model), cancellationToken);
            var batch = created.Id;
            if (folder is null)
            {
                Console.WriteLine(batch);
                return content.Faults.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
            }

            var where = $"{batch} --api {parsed.GetRequiredValue(api)}";
            var rendering = created.Model is { } digest ? $", model {ModelSelection.Shorten(digest)}" : "";
            await Console.Error.WriteLineAsync($"Batch {batch}, clips: {content.Rows.Count}{rendering}. It goes on if you leave; "
                + $"'./mlx-video farm collect {where}' fetches the clips, './mlx-video farm cancel {where}' ends it.");
            return await new BatchDelivery(client, folder).Run(batch, content.Faults, cancellationToken);
        });
        return command;
    }
}
