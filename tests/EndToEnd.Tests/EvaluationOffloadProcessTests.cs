using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Farm.Traces;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>Offloaded evaluations of guided steps between two worker processes.</summary>
[Collection(nameof(SerialCollection))]
public sealed class EvaluationOffloadProcessTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>
{
    /// <summary>A clip with steps long enough to make the exchange cheap even with the tiny model.</summary>
    private static readonly RenderSettings Clip =
        Sample.Guided with { Width = 768, Height = 768, NumFrames = 17, Guided = GuidedSampling.Official with { Steps = 24 } };

    /// <summary>
    /// Offloads evaluations and waits for the helper regardless of the speeds measured on a loaded machine.
    /// </summary>
    private static readonly Dictionary<string, string> AnyGain = new()
    {
        ["Scheduling:OffloadGain"] = "0",
        ["Scheduling:SpeculativeAttemptGain"] = "0",
        ["WorkerProtocol:HelperPatience"] = "00:00:30",
    };

    [Fact]
    public async Task Offloaded_evaluations_do_not_change_any_frame()
    {
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 1, settings: AnyGain);
        var alone = (await farm.UntilFinishedAsync(await farm.SubmitAsync(Clip))).Clips.Single();
        await AddWarmWorkerAsync(farm);
        var (batch, _) = await SubmitUntilOffloadedAsync(farm);
        var together = (await farm.UntilFinishedAsync(batch)).Clips.Single();

        Assert.Equal(alone.Framemd5, together.Framemd5);
        var helped = (await farm.EndWithTraceAsync(batch)).Lines.OfType<TraceLines.EvaluationsOffloaded>().ToList();
        Assert.All(helped, line => Assert.Equal(("denoise-1", 1), (line.Stage, line.Row)));
        Assert.Contains(helped, line => line.Steps > 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Killed_or_frozen_helper_does_not_change_any_frame(bool isKilled)
    {
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 1, settings: AnyGain);
        var alone = (await farm.UntilFinishedAsync(await farm.SubmitAsync(Clip))).Clips.Single();
        await AddWarmWorkerAsync(farm);
        var (batch, name) = await SubmitUntilOffloadedAsync(farm);
        var helper = farm.ProcessOf(name);
        await (isKilled ? Signals.KillAsync(helper) : Signals.FreezeAsync(helper));
        var harmed = (await farm.UntilFinishedAsync(batch)).Clips.Single();

        Assert.Equal(alone.Framemd5, harmed.Framemd5);
        var taken = (await farm.EndWithTraceAsync(batch)).Lines.OfType<TraceLines.AttemptEnded>()
            .Single(line => line is { Stage: "denoise-1", Outcome: AttemptOutcome.Succeeded });
        Assert.Equal(1, taken.Attempt); // the owner's attempt continued without its helper
    }

    /// <summary>
    /// Adds a second worker that has already run such steps while the first worker was idle. Otherwise its step times would be a guess,
    /// or those of two workers that share one machine, and an offload might not seem worthwhile. Its link is declared to be fast, as it
    /// is between processes of one machine.
    /// </summary>
    private static async Task AddWarmWorkerAsync(FarmUnderTest farm)
    {
        const string itsTag = "second";
        await farm.AddWorkerAsync("worker-2", "--tags", itsTag, "--link", "10");
        await farm.UntilFinishedAsync(await farm.SubmitAsync(new ClipConstraints(Tag: itsTag), Clip with { Seed = 20 }));
    }

    /// <returns>The batch with offloaded evaluations, and the name of the helper.</returns>
    private static async Task<(string Batch, string Helper)> SubmitUntilOffloadedAsync(FarmUnderTest farm)
    {
        string? helper = null;
        var batch = await farm.SubmitAsync(Clip);
        await farm.UntilAsync(batch, async view => IsDenoising(view) && (helper = await HelperOfAsync(farm)) is not null);
        return (batch, helper!);
    }

    private static bool IsDenoising(BatchView view) =>
        view.Clips.Single().Stages.Any(stage => stage is { Stage: "denoise-1", State: StageState.Running, Step: > 2 });

    /// <summary>The name of the current helper; null when there is none.</summary>
    private static async Task<string?> HelperOfAsync(FarmUnderTest farm) =>
        (await farm.Client.GetFarmAsync(CancellationToken.None)).Workers.FirstOrDefault(
            worker => worker.Activity?.Contains("helping", StringComparison.Ordinal) == true)?.Name;
}
