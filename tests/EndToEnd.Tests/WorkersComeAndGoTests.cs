using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>Workers that die, freeze and join in the middle of a batch, as processes.</summary>
[Collection(nameof(Alone))]
public sealed class WorkersComeAndGoTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>
{
    [Fact]
    public async Task A_worker_that_is_killed_at_work_changes_no_frame()
    {
        await using var farm = await FarmUnderTest.Start(model.Folder, workers: 2);
        var undisturbed = await farm.UntilFinished(await farm.Submit(Sample.Long, Sample.Short(1), Sample.Tiled));

        var batch = await farm.Submit(Sample.Long, Sample.Short(1), Sample.Tiled);
        var (row, stage) = await farm.FreezeAtWork("worker-1", batch);
        await Signals.Kill(farm.ProcessOf("worker-1"));
        var view = await farm.UntilFinished(batch);

        Assert.Equal(undisturbed.Clips.Select(clip => clip.Framemd5), view.Clips.Select(clip => clip.Framemd5));
        var again = view.Clips.Single(clip => clip.Row == row).Stages.Single(stage => stage.Stage == stage.Stage);
        Assert.Equal(("worker-2", stage.Attempt + 1), (again.Worker, again.Attempt));
    }

    [Fact]
    public async Task A_worker_that_joins_in_the_middle_gets_work_at_once()
    {
        await using var farm = await FarmUnderTest.Start(model.Folder, workers: 1);
        var batch = await farm.Submit([Sample.Long, .. Enumerable.Range(1, 4).Select(seed => Sample.Short(seed))]);
        await farm.FreezeAtWork("worker-1", batch);
        await farm.AddWorker("worker-2");
        var joined = await farm.Until(batch, view => Stages(view).Any(stage => stage.Worker == "worker-2"));
        Assert.Contains(Stages(joined), stage => stage.Worker == "worker-1" && stage.State != StageState.Done);
        await Signals.Resume(farm.ProcessOf("worker-1"));
        var view = await farm.UntilFinished(batch);
        Assert.Equal(["worker-1", "worker-2"], view.Workers);
        Assert.Contains(Stages(view), stage => stage is { Worker: "worker-2", State: StageState.Done });
    }

    [Fact]
    public async Task Tiles_of_one_clip_are_decoded_on_several_workers_with_the_frames_of_one()
    {
        await using var farm = await FarmUnderTest.Start(model.Folder, workers: 1);
        var alone = (await farm.UntilFinished(await farm.Submit(Sample.Tiled))).Clips.Single();
        await farm.AddWorker("worker-2");
        // A worker's first tile loads the decoder and takes several times as long as the next ones: the other one would do it over.
        await farm.UntilFinished(await farm.Submit([.. Enumerable.Range(6, 4).Select(seed => Sample.Tiled with { Seed = seed })]));
        var both = await farm.SubmitUntil(Sample.Tiled, view =>
            Task.FromResult(view.State == BatchState.Ended && Decoders(view.Clips.Single()).Count() == 2));
        var together = both.Clips.Single();

        Assert.Equal(["worker-1"], Decoders(alone));
        Assert.Equal(["worker-1", "worker-2"], Decoders(together));
        Assert.Equal(alone.Framemd5, together.Framemd5);

        static IEnumerable<string?> Decoders(ClipView clip) =>
            clip.Stages.Where(stage => stage.Stage.StartsWith("decode-video-", StringComparison.Ordinal)).Select(stage => stage.Worker)
                .Distinct().Order(StringComparer.Ordinal);
    }

    private static IEnumerable<StageView> Stages(BatchView view) => view.Clips.SelectMany(clip => clip.Stages);
}
