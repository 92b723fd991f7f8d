using MlxVideo.Cli.Tests;
using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Farm.Traces;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>Workers that leave on request, and results that outlive a worker's process.</summary>
public sealed class DrainTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>
{
    private static readonly RenderSettings Slow = Sample.Long with { NumFrames = 161 };
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Drained_worker_leaves_and_ends_and_is_let_back_in(bool now)
    {
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 1);
        var undisturbed = (await farm.UntilFinishedAsync(await farm.SubmitAsync(Slow))).Clips.Single();
        var batch = await farm.SubmitAsync(Slow);
        await farm.UntilAsync(batch, view => view.Clips[0].Stages.Any(stage => stage is { Stage: "denoise-1", State: StageState.Running }));
        string[] drain = ["farm", "drain", "worker-1", "--api", farm.Api.ToString()];

        var drained = await CliProcess.RunAsync(now ? [.. drain, "--now"] : drain);
        drained.AssertDone();
        Assert.Contains("worker-1 gets no more stages.", drained.Output);
        Assert.EndsWith("worker-1 has left the farm.", drained.Error.TrimEnd(), StringComparison.Ordinal);
        Assert.StartsWith("worker-1 ended with exit code 0", await farm.ExitOfAsync("worker-1"), StringComparison.Ordinal);
        await farm.StartWorkerAgainAsync("worker-1");
        Assert.Contains("worker-1", Assert.Single((await farm.Client.GetFarmAsync(CancellationToken.None)).Drained).Name);
        var waiting = await farm.Client.GetBatchAsync(batch, null, CancellationToken.None);
        Assert.Contains("drained", waiting.Clips.Single().WaitingFor);
        (await CliProcess.RunAsync("farm", "worker", "resume", "worker-1", "--api", farm.Api.ToString())).AssertDone();

        var clip = (await farm.UntilFinishedAsync(batch)).Clips.Single();
        Assert.Equal(undisturbed.Framemd5, clip.Framemd5);
        // Usually one stage was stopped; the request may also have arrived between two stages.
        Assert.InRange(clip.Stages.Count(stage => stage.Attempt == 2), 0, now ? 1 : 0);
    }

    [Fact]
    public async Task Second_signal_ends_a_worker_at_once()
    {
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 1);
        // A frozen coordinator answers no goodbye, so that the first signal takes its time.
        await Signals.FreezeAsync(farm.CoordinatorProcess);

        await Signals.TerminateAsync(farm.ProcessOf("worker-1"));
        await Signals.TerminateAsync(farm.ProcessOf("worker-1"));

        Assert.StartsWith("worker-1 ended with exit code 143", await farm.ExitOfAsync("worker-1"), StringComparison.Ordinal);
        await Signals.ResumeAsync(farm.CoordinatorProcess);
    }

    [Fact]
    public async Task Result_computed_without_a_coordinator_outlives_the_workers_process()
    {
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 1);
        var batch = await farm.SubmitAsync(Slow);
        await farm.UntilAsync(batch, view => view.Clips[0].Stages.Any(stage => stage is { Stage: "denoise-1", Step: > 0 }));
        await Signals.KillAsync(farm.CoordinatorProcess);
        var spool = Path.Combine(farm.DataOf("worker-1"), "spool");
        Assert.True(
            SpinWait.SpinUntil(() => Directory.GetFiles(spool, "*.json").Any(IsOfDenoiseStage), Patience), "No result was stored.");

        await Signals.KillAsync(farm.ProcessOf("worker-1"));
        await farm.ExitOfAsync("worker-1");
        await farm.StartCoordinatorAgainAsync();
        await farm.StartWorkerAgainAsync("worker-1");

        var clip = (await farm.UntilFinishedAsync(batch)).Clips.Single();
        Assert.True(clip.Stages.Single(stage => stage.Stage == "denoise-1").Attempt == 1, farm.LogOf("coordinator")); // not computed again
        Assert.Empty(Directory.GetFiles(spool));
        var trace = await farm.EndWithTraceAsync(batch);
        Assert.Single(
            trace.Lines.OfType<TraceLines.AttemptEnded>(), ended => ended is { Stage: "denoise-1", Outcome: AttemptOutcome.Succeeded });
    }

    private static bool IsOfDenoiseStage(string file) => File.ReadAllText(file).Contains("denoise-1", StringComparison.Ordinal);
}
