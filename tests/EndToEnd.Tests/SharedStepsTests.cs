using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Farm.Traces;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>Evaluations of guided steps on two workers, as processes.</summary>
[Collection(nameof(Alone))]
public sealed class SharedStepsTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>
{
    /// <summary>Steps against which the exchange is cheap even with the tiny model.</summary>
    private static readonly RenderSettings Clip =
        Sample.Guided with { Width = 768, Height = 768, NumFrames = 17, Guided = GuidedSampling.Official with { Steps = 24 } };

    [Fact]
    public async Task A_second_worker_computes_evaluations_of_guided_steps_and_changes_no_frame()
    {
        await using var farm = await FarmUnderTest.Start(model.Folder, workers: 1);
        var alone = (await farm.UntilFinished(await farm.Submit(Clip))).Clips.Single();
        await AddWarmWorker(farm);
        var (batch, _) = await SubmitUntilHelped(farm);
        var together = (await farm.UntilFinished(batch)).Clips.Single();

        Assert.Equal(alone.Framemd5, together.Framemd5);
        var helped = (await farm.EndWithTrace(batch)).Lines.OfType<TraceLines.EvaluationsOffloaded>().ToList();
        Assert.All(helped, line => Assert.Equal(("denoise-1", 1), (line.Stage, line.Row)));
        // A helper that is late once is given up, as it is when the machine does something else for a second.
        Assert.Contains(helped, line => line.Steps > 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_helper_that_is_killed_or_frozen_changes_no_frame(bool isKilled)
    {
        await using var farm = await FarmUnderTest.Start(model.Folder, workers: 1);
        var alone = (await farm.UntilFinished(await farm.Submit(Clip))).Clips.Single();
        await AddWarmWorker(farm);
        var (batch, name) = await SubmitUntilHelped(farm);
        var helper = farm.ProcessOf(name);
        await (isKilled ? Signals.Kill(helper) : Signals.Freeze(helper));
        var harmed = (await farm.UntilFinished(batch)).Clips.Single();

        Assert.Equal(alone.Framemd5, harmed.Framemd5);
        var taken = (await farm.EndWithTrace(batch)).Lines.OfType<TraceLines.AttemptEnded>()
            .Single(line => line is { Stage: "denoise-1", Outcome: AttemptOutcome.Succeeded });
        Assert.Equal(1, taken.Attempt); // whoever was harmed, the attempt that was helped went on
    }

    /// <summary>
    /// A second worker that has done such steps, while the first one rested: what it needs for them would be a guess otherwise,
    /// or what two workers on one machine need at the same time, and the steps might not be worth sharing. Its link is taken to
    /// be fast, as it is between processes of one machine.
    /// </summary>
    private static async Task AddWarmWorker(FarmUnderTest farm)
    {
        const string itsTag = "second";
        await farm.AddWorker("worker-2", "--tags", itsTag, "--link", "10");
        await farm.UntilFinished(await farm.Submit(new ClipConstraints(Tag: itsTag), Clip with { Seed = 20 }));
    }

    /// <returns>The batch that is helped, and the worker that helps it.</returns>
    private static async Task<(string Batch, string Helper)> SubmitUntilHelped(FarmUnderTest farm)
    {
        string? helper = null;
        var view = await farm.SubmitUntil(Clip, async view => IsDenoising(view) && (helper = await HelperOf(farm)) is not null);
        return (view.Id, helper!);
    }

    private static bool IsDenoising(BatchView view) =>
        view.Clips.Single().Stages.Any(stage => stage is { Stage: "denoise-1", State: StageState.Running, Step: > 2 });

    /// <summary>The worker that helps just now.</summary>
    private static async Task<string?> HelperOf(FarmUnderTest farm) =>
        (await farm.Client.Farm(CancellationToken.None)).Workers.FirstOrDefault(
            worker => worker.Stage?.Contains("helps", StringComparison.Ordinal) == true)?.Name;
}
