using MlxVideo.Farm.Tests.Processes;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Tracing;

namespace MlxVideo.Farm.Tests;

/// <summary>Passes of guided steps on two workers, as processes.</summary>
public sealed class SharedStepsTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>
{
    [Fact]
    public async Task A_second_worker_computes_passes_of_guided_steps_and_changes_no_frame()
    {
        await using var farm = await FarmUnderTest.Start(model.Folder, workers: 1);
        var alone = (await farm.UntilFinished(await farm.Submit(Sample.Guided))).Clips.Single();
        await farm.AddWorker("worker-2");
        var batch = await farm.Submit(Sample.Guided);
        var together = (await farm.UntilFinished(batch)).Clips.Single();

        Assert.Equal(alone.Framemd5, together.Framemd5);
        var helped = (await farm.EndWithTrace(batch)).Lines.OfType<TraceLines.Helped>().ToList();
        Assert.NotEmpty(helped);
        Assert.All(helped, line => Assert.Equal(("denoise-1", 1), (line.Stage, line.Row)));
        Assert.True(helped.Sum(line => line.Steps) > 5, $"{helped.Sum(line => line.Steps)} of 40 steps were shared.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_helper_that_is_killed_or_frozen_changes_no_frame(bool isKilled)
    {
        var clip = Sample.Guided with { Guided = GuidedSampling.Official with { Steps = 120 } };
        await using var farm = await FarmUnderTest.Start(model.Folder, workers: 1);
        var alone = (await farm.UntilFinished(await farm.Submit(clip))).Clips.Single();
        await farm.AddWorker("worker-2");
        var batch = await farm.Submit(clip);
        string? name = null;
        await farm.Until(batch, view => Denoising(view) is { Step: > 2 } && (name = HelperOf(farm).Result) is not null);
        var helper = farm.ProcessOf(name!);
        await (isKilled ? Signals.Kill(helper) : Signals.Freeze(helper));
        var harmed = (await farm.UntilFinished(batch)).Clips.Single();

        Assert.Equal(alone.Framemd5, harmed.Framemd5);
        Assert.Equal(1, harmed.Stages.Single(stage => stage.Stage == "denoise-1").Attempt);
    }

    private static StageView? Denoising(BatchView view) => view.Clips.Single().Stages.SingleOrDefault(stage => stage is { Stage: "denoise-1", State: StageState.Running });

    /// <summary>The worker that helps just now.</summary>
    private static async Task<string?> HelperOf(FarmUnderTest farm) =>
        (await farm.Client.Farm(CancellationToken.None)).Workers.FirstOrDefault(worker => worker.Task?.Contains("helps", StringComparison.Ordinal) == true)?.Name;
}
