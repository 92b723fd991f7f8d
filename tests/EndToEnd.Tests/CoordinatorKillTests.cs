using System.Globalization;
using MlxVideo.EndToEnd.Tests.Processes;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>The coordinator is killed after each stored event of a batch in turn; the batch ends the same each time.</summary>
public sealed class CoordinatorKillTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>
{
    private const string KillSwitch = "MLXVIDEO_KILL_AFTER_EVENTS";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Batch_ends_the_same_wherever_the_coordinator_is_killed()
    {
        var clip = Sample.Short(3) with { Audio = false };
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 1);
        var undisturbed = (await farm.UntilFinishedAsync(await farm.SubmitAsync(clip))).Clips.Single();
        // The submission, the start and the end of each stage, the end of the clip, the move to the archive.
        var count = 1 + (2 * undisturbed.Stages.Count) + 1 + 1;

        await Signals.KillAsync(farm.CoordinatorProcess);
        await farm.StartCoordinatorAgainAsync(KillAfter(1));
        for (var events = 1; events <= count; events++)
        {
            var token = Guid.NewGuid().ToString("N");
            var submission = farm.SubmitPersistentlyAsync(token, clip);
            await farm.CoordinatorExited.WaitAsync(Patience);

            // This process is killed by the events of the next batch.
            await farm.StartCoordinatorAgainAsync(KillAfter(events + 1));

            var batch = await farm.SubmitPersistentlyAsync(token, clip);
            Assert.Equal(await submission, batch);
            var ended = Assert.Single((await farm.UntilFinishedAsync(batch)).Clips);
            Assert.Equal(undisturbed.Framemd5, ended.Framemd5);
            Assert.All(
                ended.Stages.Where(stage => stage.Stage != "mux"), stage => Assert.Equal(1, stage.Attempt)); // nothing was repeated
        }
    }

    private static IReadOnlyDictionary<string, string?> KillAfter(int events) =>
        new Dictionary<string, string?> { [KillSwitch] = events.ToString(CultureInfo.InvariantCulture) };
}
