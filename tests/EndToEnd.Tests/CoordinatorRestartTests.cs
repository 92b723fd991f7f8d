using MlxVideo.Cli;
using MlxVideo.Cli.Tests;
using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Shared.Batches;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>Batches and worker processes survive a restart or sleep of the coordinator, and a worker's sleep.</summary>
public sealed class CoordinatorRestartTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>
{
    /// <summary>Three times what users are promised: the machine that runs the tests may be busy with others.</summary>
    private static readonly TimeSpan RejoinLimit = TimeSpan.FromSeconds(90);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Batch_goes_on_after_a_restart_of_the_coordinator(bool isKilled)
    {
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 2);
        var undisturbed = (await farm.UntilFinishedAsync(await farm.SubmitAsync(Sample.Long))).Clips.Single();
        var processes = new[] { farm.ProcessOf("worker-1"), farm.ProcessOf("worker-2") };
        var batch = await farm.SubmitAsync(Sample.Long);
        var before = (await farm.UntilAsync(batch, view =>
            view.Clips.Single().Stages.Any(stage => stage is { Stage: "denoise-2", State: StageState.Running }))).Clips.Single();

        await (isKilled ? Signals.KillAsync(farm.CoordinatorProcess) : Signals.TerminateAsync(farm.CoordinatorProcess));
        await farm.StartCoordinatorAgainAsync();

        Assert.InRange(await farm.UntilWorkersAsync("worker-1", "worker-2"), TimeSpan.Zero, RejoinLimit);
        var clip = (await farm.UntilFinishedAsync(batch)).Clips.Single();
        Assert.Equal(undisturbed.Framemd5, clip.Framemd5);
        Assert.Equal((processes[0], processes[1]), (farm.ProcessOf("worker-1"), farm.ProcessOf("worker-2")));
        // No finished stage was repeated, and the running one was not started again.
        foreach (var stage in before.Stages.Where(stage => stage.State is StageState.Done or StageState.Running))
            Assert.Equal(stage.Attempt, clip.Stages.Single(after => after.Stage == stage.Stage).Attempt);
    }

    [Fact]
    public async Task Ended_batches_are_listed_shown_and_collected_after_a_restart()
    {
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 1);
        var batch = await farm.SubmitPersistentlyAsync("once", Sample.Short(1));
        var ended = await farm.UntilFinishedAsync(batch);

        await Signals.KillAsync(farm.CoordinatorProcess);
        await farm.StartCoordinatorAgainAsync();

        Assert.Equal(batch, Assert.Single(await farm.Client.GetBatchesAsync(CancellationToken.None)).Id);
        var shown = await farm.UntilFinishedAsync(batch);
        Assert.Equal(ended.Clips.Single().Framemd5, shown.Clips.Single().Framemd5);
        using var folder = new TemporaryFolder();
        (await CliProcess.RunAsync("farm", "collect", batch, "--api", farm.Api.ToString(), "--output", folder["clips"])).AssertDone();
        Assert.Equal(batch, await farm.SubmitPersistentlyAsync("once", Sample.Short(1)));
    }

    [Fact]
    public async Task Worker_rejoins_after_sleep_and_continues_its_attempt()
    {
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 1);
        var undisturbed = (await farm.UntilFinishedAsync(await farm.SubmitAsync(Sample.Long))).Clips.Single();
        var batch = await farm.SubmitAsync(Sample.Long);
        var (_, held) = await farm.FreezeAtWorkAsync("worker-1", batch);
        await farm.UntilWorkersAsync();

        await Signals.ResumeAsync(farm.ProcessOf("worker-1"));

        Assert.InRange(await farm.UntilWorkersAsync("worker-1"), TimeSpan.Zero, RejoinLimit);
        var clip = (await farm.UntilFinishedAsync(batch)).Clips.Single();
        Assert.Equal(undisturbed.Framemd5, clip.Framemd5);
        Assert.Equal(held.Attempt, clip.Stages.Single(stage => stage.Stage == held.Stage).Attempt); // the attempt was not restarted
    }

    [Fact]
    public async Task Batch_and_client_survive_a_sleeping_coordinator()
    {
        using var folder = new TemporaryFolder();
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 2);
        var csv =
            folder.Write(
                "rows.csv",
                $"prompt,width,height,num_frames\n{string.Concat(Enumerable.Range(1, 6).Select(row => $"clip {row},256,256,65\n"))}");
        using var client = CliProcess.Start(
            new Dictionary<string, string?>(), "farm", "submit", csv, "--api", farm.Api.ToString(), "--wait", "--output", folder["clips"]);
        await client.WaitForOutputAsync("on worker-1");

        await Signals.FreezeAsync(farm.CoordinatorProcess);
        await Task.Delay(FastDetection.LongSleep);
        await Signals.ResumeAsync(farm.CoordinatorProcess);

        Assert.InRange(await farm.UntilWorkersAsync("worker-1", "worker-2"), TimeSpan.Zero, RejoinLimit);
        (await client.WaitForResultAsync()).AssertDone();
        Assert.Equal(6, Directory.EnumerateFiles(folder["clips"], "*.mp4").Count());
    }
}
