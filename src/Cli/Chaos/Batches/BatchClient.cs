using System.Diagnostics;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Processes;

namespace MlxVideo.Cli.Chaos.Batches;

/// <summary>
/// Submits a CSV with <c>mlx-video farm submit --wait</c> in a process of its own, and repeats the command after failures, as a user or
/// script would. Every run has the same submission id.
/// </summary>
/// <param name="farm">A client of the coordinator, to tell failed rows from lost connections.</param>
/// <param name="api">The coordinator's address for the command.</param>
/// <param name="temporary">Folder for the command's temporary files.</param>
internal sealed class BatchClient(FarmClient farm, Uri api, string temporary, TimeProvider time)
{
    private const int ShownErrorLines = 3;
    private static readonly TimeSpan PauseBeforeRetry = TimeSpan.FromSeconds(2);

    /// <summary>Runs the command until it succeeds, a row has failed for good, or the wait is cancelled.</summary>
    /// <param name="submissionId">Identifies the submission to the coordinator.</param>
    /// <param name="output">The output folder.</param>
    /// <param name="giveUp">Cancelled when the batch should have ended long ago.</param>
    public async Task<ClientOutcome> RunAsync(string csv, string submissionId, string output, CancellationToken giveUp)
    {
        var error = "It was not started.";
        for (var runs = 1; ; runs++)
        {
            try
            {
                (var exitCode, error) = await SubmitAsync(csv, submissionId, output, giveUp);
                if (exitCode == ExitCodes.Done)
                    return new ClientOutcome(output, runs, null);
                if (exitCode == ExitCodes.BadInput || await HasEndedWithFailuresAsync(output, giveUp))
                    return new ClientOutcome(output, runs, $"exit code {exitCode}: {error}");
                await Task.Delay(PauseBeforeRetry, time, giveUp);
            }
            catch (OperationCanceledException)
            {
                return new ClientOutcome(output, runs, $"it had not ended at the time limit; last error: {error}");
            }
        }
    }

    private async Task<(int ExitCode, string Error)> SubmitAsync(
        string csv, string submissionId, string output, CancellationToken giveUp)
    {
        var program = DotnetHost.CommandOf(typeof(BatchClient).Assembly);
        string[] arguments =
        [
            .. program.Arguments, "farm", "submit", csv, "--api", api.ToString(), "--submission-id", submissionId,
            "--wait", "--output", output,
        ];
        var start = new ProcessStartInfo(program.Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["TMPDIR"] = temporary;
        using var process = Process.Start(start)!;
        try
        {
            var errors = process.StandardError.ReadToEndAsync(giveUp);
            await process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, giveUp);
            await process.WaitForExitAsync(giveUp);
            var lines = (await errors).Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(ShownErrorLines);
            return (process.ExitCode, string.Join(" | ", lines));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>True when the coordinator reports failed rows of an ended batch, which another run would not change.</summary>
    private async Task<bool> HasEndedWithFailuresAsync(string output, CancellationToken giveUp)
    {
        if (DeliveredFolder.ReadReport(output) is not { } report)
            return false;
        try
        {
            var view = await farm.GetBatchAsync(report.Batch, null, giveUp);
            return view.State == BatchState.Ended && view.Clips.Any(clip => clip.State == ClipState.Failed);
        }
        catch (FarmApiException)
        {
            return false;
        }
    }
}
