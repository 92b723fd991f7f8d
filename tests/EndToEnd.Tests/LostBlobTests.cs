using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>Intermediates that are damaged or deleted in the coordinator's store during a batch.</summary>
[Collection(nameof(SerialCollection))]
public sealed class LostBlobTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Batch_with_lost_intermediates_gets_the_same_frames(bool isDeleted)
    {
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 1);
        var undisturbed = await farm.UntilFinishedAsync(await farm.SubmitAsync(Sample.Tiled));

        var batch = await farm.SubmitAsync(Sample.Tiled);
        await farm.FreezeAtWorkAsync("worker-1", batch, stage => stage.StartsWith("decode-video-", StringComparison.Ordinal));
        foreach (var blob in Directory.EnumerateFiles(farm.CoordinatorBlobs, "*", SearchOption.AllDirectories)
            .Where(file => BlobRef.IsDigest(Path.GetFileName(file)) && IsIntermediate(file, undisturbed)))
        {
            if (isDeleted)
                File.Delete(blob);
            else
                await File.WriteAllTextAsync(blob, "damaged");
        }

        // A second worker has to fetch what the first one has; it does not depend on it.
        await farm.AddWorkerAsync("worker-2");
        await Signals.KillAsync(farm.ProcessOf("worker-1"));
        var view = await farm.UntilFinishedAsync(batch);

        Assert.Equal(undisturbed.Clips.Single().Framemd5, view.Clips.Single().Framemd5);
        Assert.Contains(view.Clips.Single().Stages, stage =>
            stage.Attempt > 1 && !stage.Stage.StartsWith("decode-", StringComparison.Ordinal) && stage.State == StageState.Done);
    }

    private static bool IsIntermediate(string file, BatchView finished) =>
        finished.Clips.All(clip => clip.Clip!.Digest != Path.GetFileName(file));
}
