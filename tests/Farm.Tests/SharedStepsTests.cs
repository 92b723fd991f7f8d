using MlxVideo.Farm.Tests.Processes;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Tracing;

namespace MlxVideo.Farm.Tests;

/// <summary>Passes of guided steps on two workers, as processes.</summary>
public sealed class SharedStepsTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>
{
    /// <summary>Steps against which the exchange is cheap even with the tiny model.</summary>
    private static readonly RenderSettings Clip = Sample.Guided with { Width = 768, Height = 768, NumFrames = 17, Guided = GuidedSampling.Official with { Steps = 24 } };

    [Fact]
    public async Task A_second_worker_computes_passes_of_guided_steps_and_changes_no_frame()
    {
        await using var farm = await FarmUnderTest.Start(model.Folder, workers: 1);
        var alone = (await farm.UntilFinished(await farm.Submit(Clip))).Clips.Single();
        await AddWarmWorker(farm);
        var batch = await farm.Submit(Clip);
        var together = (await farm.UntilFinished(batch)).Clips.Single();

        Assert.Equal(alone.Framemd5, together.Framemd5);
        var helped = (await farm.EndWithTrace(batch)).Lines.OfType<TraceLines.Helped>().ToList();
        Assert.All(helped, line => Assert.Equal(("denoise-1", 1), (line.Stage, line.Row)));
        Assert.Contains(helped, line => line.Steps > 0); // how many depends on what else the machine does: a late helper is given up
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_helper_that_is_killed_or_frozen_changes_no_frame(bool isKilled)
    {
        await using var farm = await FarmUnderTest.Start(model.Folder, workers: 1);
        var alone = (await farm.UntilFinished(await farm.Submit(Clip))).Clips.Single();
        await AddWarmWorker(farm);
        var batch = await farm.Submit(Clip);
        string? name = null;
        await farm.Until(batch, view => Denoising(view) is { Step: > 2 } && (name = HelperOf(farm).Result) is not null);
        var helper = farm.ProcessOf(name!);
        await (isKilled ? Signals.Kill(helper) : Signals.Freeze(helper));
        var harmed = (await farm.UntilFinished(batch)).Clips.Single();

        Assert.Equal(alone.Framemd5, harmed.Framemd5);
        var taken = (await farm.EndWithTrace(batch)).Lines.OfType<TraceLines.AttemptEnded>().Single(line => line is { Stage: "denoise-1", Outcome: AttemptOutcome.Succeeded });
        Assert.Equal(1, taken.Attempt); // whoever was harmed, the attempt that was helped went on
    }

    /// <summary>A second worker, which has done such steps: what it needs for them would be a guess otherwise, and they might not be shared.</summary>
    private static async Task AddWarmWorker(FarmUnderTest farm)
    {
        await farm.AddWorker("worker-2");
        await farm.UntilFinished(await farm.Submit([.. Enumerable.Range(20, 2).Select(seed => Clip with { Seed = seed })]));
    }

    private static StageView? Denoising(BatchView view) => view.Clips.Single().Stages.SingleOrDefault(stage => stage is { Stage: "denoise-1", State: StageState.Running });

    /// <summary>The worker that helps just now.</summary>
    private static async Task<string?> HelperOf(FarmUnderTest farm) =>
        (await farm.Client.Farm(CancellationToken.None)).Workers.FirstOrDefault(worker => worker.Task?.Contains("helps", StringComparison.Ordinal) == true)?.Name;
}
