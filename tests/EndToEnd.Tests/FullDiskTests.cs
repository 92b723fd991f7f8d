using MlxVideo.Cli.Tests;
using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>Full file systems under a coordinator and under a worker.</summary>
public sealed class FullDiskTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>
{
    private const int Megabytes = 30;

    [SmallDiskFact]
    public async Task Full_coordinator_disk_holds_work_and_fails_no_row()
    {
        SmallDisk? disk = null;
        await using var farm =
            await FarmUnderTest.StartAsync(model.Folder, workers: 2, folder => disk ??= SmallDisk.TryMount(folder, Megabytes));
        using (disk)
        {
            disk!.Fill(leave: 1 << 16);
            var batch = await farm.SubmitAsync(Sample.Short(1), Sample.Short(2));
            var held = await farm.UntilAsync(batch, view => view.Problem is not null);
            Assert.Contains("is full", held.Problem);
            Assert.Equal(held.Problem, (await farm.Client.GetFarmAsync(CancellationToken.None)).Problem);

            using var folder = new TemporaryFolder();
            var image = folder.Write("image.png", "not looked at");
            var refusal = await Assert.ThrowsAsync<FarmApiException>(
                () => farm.Client.Blobs.PutAsync(BlobRef.OfFile(image), image, CancellationToken.None));
            Assert.True(refusal.IsStorageFull, refusal.Message);

            disk.Empty();
            var view = await farm.UntilFinishedAsync(batch);
            Assert.Null(view.Problem);
            // Two: a slow stage may get a speculative attempt.
            Assert.All(view.Clips.SelectMany(clip => clip.Stages), stage => Assert.InRange(stage.Attempt, 0, 2));
        }
    }

    [SmallDiskFact]
    public async Task Worker_with_a_full_disk_leaves_work_to_others_and_reports_the_reason()
    {
        SmallDisk? disk = null;
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 1);
        await farm.AddWorkerAsync("worker-2", folder => disk = SmallDisk.TryMount(folder, Megabytes));
        using (disk)
        {
            disk!.Fill(leave: 1 << 14);
            var view =
                await farm.UntilFinishedAsync(await farm.SubmitAsync([.. Enumerable.Range(1, 6).Select(seed => Sample.Short(seed))]));
            Assert.DoesNotContain(
                view.Clips.SelectMany(clip => clip.Stages), stage => stage.Worker == "worker-2" && stage.State == StageState.Done);
            Assert.InRange(view.Clips.SelectMany(clip => clip.Stages).Max(stage => stage.Attempt), 1, 3);
            var worker = (await farm.Client.GetFarmAsync(CancellationToken.None)).Workers.Single(worker => worker.Name == "worker-2");
            Assert.Contains("is full", worker.Problem);

            disk.Empty();
            await Signals.TerminateAsync(farm.ProcessOf("worker-1"));
            var alone = await farm.UntilFinishedAsync(await farm.SubmitAsync(Sample.Short(7)));
            Assert.Contains(alone.Clips.Single().Stages, stage => stage is { Worker: "worker-2", State: StageState.Done });
        }
    }
}
