using MlxVideo.Shared.Models;
using System.CommandLine;
using MlxVideo.Cli.Farm.Access;
using MlxVideo.Cli.Farm.Commands;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Farm;

/// <summary>The command <c>mlx-video farm submit</c>: checks and submits a CSV, and waits for the clips on request.</summary>
internal static class SubmitCommand
{
    public static Command Create(FarmCommand definition)
    {
        var csv = new Argument<string>("csv") { Description = "CSV file with a header row and one row per clip; - for standard input." };
        var (connection, output, json) = (new ConnectionOptions(), CollectCommand.Output(), FarmCommandLine.NewJson());
        var wait = new Option<bool>("--wait") { Description = "Show progress and download the clips as they finish." };
        var skipInvalid = new Option<bool>("--skip-invalid") { Description = "Submit the valid rows of a CSV that contains errors." };
        var weight = NumberOption.Decimal(
            "--weight", "Share of the farm relative to other batches: 2 gets twice as much as 1.", 1, ClipConstraintsRules.Weight);
        var model = new Option<string?>("--model")
        {
            Description = "Model for the batch: its name, its digest, or the leading digits of its digest (see 'farm status'). "
                + "Required only while workers with different models are in the farm, unless every row names one (column model).",
        };
        var maxFailed = NumberOption.OptionalInt(
            "--max-failed", "Cancel the rest of the batch when this many rows have failed.", NumberOption.Between(1, int.MaxValue));
        var submissionId = new Option<string?>("--submission-id")
        {
            Description = "Your own ID for the submission, at most 200 characters: repeating the command with the same ID continues with "
                + "the existing batch instead of submitting another one.",
        };
        var command = new Command(definition.Name, "Submits a CSV of prompts as a batch.")
        {
            csv, wait, output, skipInvalid, weight, model, maxFailed, submissionId, json,
        };
        FarmCommandLine.AddExample(command, definition);
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var content = CheckedCsv.Read(parsed.GetRequiredValue(csv), parsed.GetValue(skipInvalid));
            var folder = parsed.GetValue(wait) ? OutputFolder.Open(parsed.GetRequiredValue(output).FullName) : null;
            using var farm = await connection.OpenAsync(parsed, cancellationToken);
            var client = farm.Client;
            var created = await BatchSubmission.SubmitAsync(
                client, content.Rows, parsed.GetValue(weight), parsed.GetValue(model), cancellationToken, parsed.GetValue(submissionId),
                parsed.GetValue(maxFailed));
            var batch = created.Id;
            if (folder is null)
            {
                new CommandOutput(definition, parsed.GetValue(json)).Show(created);
                return content.Errors.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
            }

            var where = $"{batch} --api {parsed.GetRequiredValue(connection.Api)}";
            var rendering = created.Model is { } digest ? $", model {ModelNames.Shorten(digest)}" : "";
            await Console.Error.WriteLineAsync($"Submitted batch {batch} (clips: {content.Rows.Count}{rendering}). "
                + $"It continues if you exit: './mlx-video farm collect {where}' downloads the clips, "
                + $"'./mlx-video farm cancel {where}' cancels it.");
            return await new BatchDelivery(client, folder, parsed.GetValue(json)).RunAsync(batch, content.Errors, cancellationToken);
        });
        return command;
    }
}
