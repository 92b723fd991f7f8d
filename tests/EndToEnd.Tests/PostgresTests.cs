using MlxVideo.Cli.LocalFarms;
using MlxVideo.Cli.Tests;
using MlxVideo.Coordinator.Persistence;
using MlxVideo.Coordinator.Tests.Persistence;
using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Shared.Batches;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>A coordinator whose state is on a PostgreSQL server.</summary>
public sealed class PostgresTests(TinyModelFixture model, PostgresServer server)
    : IClassFixture<TinyModelFixture>, IClassFixture<PostgresServer>
{
    private const string Setting = "Coordinator:Postgres";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [SkippableFact]
    public async Task Batch_survives_kills_of_the_coordinator_and_of_the_server()
    {
        var settings = new Dictionary<string, string> { [Setting] = server.CreateDatabase().ConnectionString };
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 1, settings: settings);
        var undisturbed = (await farm.UntilFinishedAsync(await farm.SubmitAsync(Sample.Long))).Clips.Single();
        var batch = await farm.SubmitAsync(Sample.Long);
        await farm.UntilAsync(batch, view => view.Clips.Single().Stages.Any(stage => stage.State == StageState.Done));

        await Signals.KillAsync(farm.CoordinatorProcess);
        await farm.StartCoordinatorAgainAsync();
        Assert.Contains(batch, (await farm.Client.GetBatchesAsync(CancellationToken.None)).Select(listed => listed.Id));
        server.Stop();
        server.Start();

        Assert.Equal(undisturbed.Framemd5, (await farm.UntilFinishedAsync(batch)).Clips.Single().Framemd5);
        Assert.False(File.Exists(Path.Combine(Path.GetDirectoryName(farm.CoordinatorBlobs)!, FarmDatabase.FileName)));
    }

    [SkippableFact]
    public async Task Second_coordinator_on_the_same_database_is_refused()
    {
        var settings = new Dictionary<string, string> { [Setting] = server.CreateDatabase().ConnectionString };
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 0, settings: settings);
        using var folder = new TemporaryFolder();
        FastDetection.Write(folder["coordinator/data"], settings);
        await using var second =
            Daemon.Start("Coordinator", "coordinator", folder["coordinator"], "--cluster-port", "0", "--http-port", "0");

        await second.Exited.WaitAsync(Patience);

        Assert.Contains("exit code 2: The PostgreSQL database ", second.ExitReason(), StringComparison.Ordinal);
        Assert.Contains(
            $"is in use by another coordinator (MlxVideo coordinator, process {farm.CoordinatorProcess} on ", second.ExitReason(),
            StringComparison.Ordinal);
    }
}
