using System.Text.Json;
using MlxVideo.Cli;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Tests;
using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Errors;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>The <c>farm</c> subcommands against a running farm.</summary>
public sealed class FarmClientTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>
{
    [Fact]
    public async Task Batches_are_submitted_shown_collected_and_cancelled()
    {
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 1);
        using var folder = new TemporaryFolder();
        string[] api = ["--api", farm.Api.ToString()];

        var workers = await CliProcess.RunAsync(["farm", "status", .. api]);
        Assert.Matches("worker-1 +idle +cpu", workers.Output);

        // With an invalid row: the valid row is delivered, the other is reported.
        var csv = folder.Write("mixed.csv", "prompt,width,height,num_frames\na cat,64,64,9\n,64,64,9\n");
        var mixed = await CliProcess.RunAsync(["farm", "submit", csv, "--wait", "--skip-invalid", "--output", folder["mixed"], .. api]);
        mixed.AssertFailed(ExitCodes.Failed, "line 3, column prompt", "row 2 failed");
        Assert.True(File.Exists(folder["mixed/001-a-cat.mp4"]));
        var report = JsonDocument.Parse(File.ReadAllText(folder["mixed/report.json"])).RootElement;
        Assert.Equal([1], report.GetProperty("clips").EnumerateArray().Select(clip => clip.GetProperty("row").GetInt32()));
        Assert.Equal([2], report.GetProperty("failed").EnumerateArray().Select(row => row.GetProperty("row").GetInt32()));

        // Without --wait: only the id is printed, and the clips are collected later.
        var good = folder.Write("good.csv", "prompt,width,height,num_frames,output\na dog,64,64,9,pets/dog\n");
        var submitted = await CliProcess.RunAsync(["farm", "submit", good, .. api]);
        submitted.AssertDone();
        var id = submitted.Output.Trim();
        (await CliProcess.RunAsync(["farm", "collect", id, "--output", folder["later"], .. api])).AssertDone();
        Assert.True(File.Exists(folder["later/pets/dog.mp4"]));
        Assert.Contains("1 finished", (await CliProcess.RunAsync(["farm", "show", id, .. api])).Output);

        Assert.Contains(
            "row 1, denoise-1, attempt 1 on worker-1: succeeded", (await CliProcess.RunAsync(["farm", "logs", id, .. api])).Output);
        Assert.Contains($"{id} ended: 1 finished", (await CliProcess.RunAsync(["farm", "events", .. api])).Output);
        Assert.Matches("workers +passed +1 of 1 can run", (await CliProcess.RunAsync(["farm", "doctor", .. api])).Output);

        // A forgotten id can be looked up.
        Assert.Contains(id, (await CliProcess.RunAsync(["farm", "list", .. api])).Output);

        // Cancellation: the remaining clips are abandoned.
        var batch = await farm.SubmitAsync(Sample.Long, Sample.Long with { Seed = 8 });
        var cancelled = await CliProcess.RunAsync(["farm", "cancel", batch, .. api]);
        cancelled.AssertDone();
        Assert.Contains("2 cancelled", cancelled.Output);
        Assert.Equal(BatchState.Ended, (await farm.Client.GetBatchAsync(batch, null, CancellationToken.None)).State);

        (await CliProcess.RunAsync(["farm", "show", "nothing", .. api])).AssertFailed(ExitCodes.Failed, "no batch 'nothing'");
    }
}
