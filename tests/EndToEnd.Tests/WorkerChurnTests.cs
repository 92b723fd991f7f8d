using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>Worker processes that die, freeze or join during a batch.</summary>
[Collection(nameof(SerialCollection))]
public sealed class WorkerChurnTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>
{
    /// <summary>A frozen worker keeps its stage, however long the start of another one takes on a busy machine.</summary>
    private static readonly IReadOnlyDictionary<string, string> FrozenWorkersStay = new Dictionary<string, string>
    {
        ["Cluster:HeartbeatPause"] = "00:10:00",
        ["Cluster:DownAfter"] = "00:10:00",
        ["Farm:Lease"] = "00:10:00",
    };

    [Fact]
    public async Task Killed_worker_does_not_change_any_frame()
    {
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 2);
        var undisturbed = await farm.UntilFinishedAsync(await farm.SubmitAsync(Sample.Long, Sample.Short(1), Sample.Tiled));

        var batch = await farm.SubmitAsync(Sample.Long, Sample.Short(1), Sample.Tiled);
        var (row, stage) = await farm.FreezeAtWorkAsync("worker-1", batch);
        await Signals.KillAsync(farm.ProcessOf("worker-1"));
        var view = await farm.UntilFinishedAsync(batch);

        Assert.Equal(undisturbed.Clips.Select(clip => clip.Framemd5), view.Clips.Select(clip => clip.Framemd5));
        var again = view.Clips.Single(clip => clip.Row == row).Stages.Single(each => each.Stage == stage.Stage);
        Assert.Equal(("worker-2", stage.Attempt + 1), (again.Worker, again.Attempt));
    }

    [Fact]
    public async Task Worker_that_joins_during_a_batch_gets_a_stage_immediately()
    {
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 1, settings: FrozenWorkersStay);
        var batch = await farm.SubmitAsync([Sample.Long, .. Enumerable.Range(1, 4).Select(seed => Sample.Short(seed))]);
        await farm.FreezeAtWorkAsync("worker-1", batch);
        await farm.AddWorkerAsync("worker-2");
        var joined = await farm.UntilAsync(batch, view => Stages(view).Any(stage => stage.Worker == "worker-2"));
        Assert.Contains(Stages(joined), stage => stage.Worker == "worker-1" && stage.State != StageState.Done);
        await Signals.ResumeAsync(farm.ProcessOf("worker-1"));
        var view = await farm.UntilFinishedAsync(batch);
        Assert.Equal(["worker-1", "worker-2"], view.Workers);
        Assert.Contains(Stages(view), stage => stage is { Worker: "worker-2", State: StageState.Done });
    }

    [Fact]
    public async Task Tiles_decoded_on_several_workers_give_the_frames_of_one_worker()
    {
        // Without speculative attempts, a tile stays with the worker that started it.
        var settings = new Dictionary<string, string>(FrozenWorkersStay) { ["Scheduling:SpeculativeAttemptGain"] = "0" };
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 1, settings: settings);
        var alone = (await farm.UntilFinishedAsync(await farm.SubmitAsync(Sample.Tiled))).Clips.Single();
        var batch = await farm.SubmitAsync(Sample.Tiled);
        // Not at the last tile, after which none would be left for the other worker.
        var tiles = StagePlanner.Plan(Sample.Tiled).Stages.OfType<DecodeVideoStage>().Select(stage => stage.Id).SkipLast(1).ToList();
        await farm.FreezeAtWorkAsync("worker-1", batch, tiles.Contains);
        await farm.AddWorkerAsync("worker-2");
        await farm.UntilAsync(batch, view => Decoders(view.Clips.Single()).Contains("worker-2"));
        await Signals.ResumeAsync(farm.ProcessOf("worker-1"));
        var together = (await farm.UntilFinishedAsync(batch)).Clips.Single();

        Assert.Equal(["worker-1"], Decoders(alone));
        Assert.Equal(["worker-1", "worker-2"], Decoders(together));
        Assert.Equal(alone.Framemd5, together.Framemd5);

        static IEnumerable<string?> Decoders(ClipView clip) =>
            clip.Stages.Where(stage => stage.Stage.StartsWith("decode-video-", StringComparison.Ordinal)).Select(stage => stage.Worker)
                .Distinct().Order(StringComparer.Ordinal);
    }

    private static IEnumerable<StageView> Stages(BatchView view) => view.Clips.SelectMany(clip => clip.Stages);
}
