using LinqToDB.Data;
using Microsoft.Data.Sqlite;
using MlxVideo.Coordinator.Persistence;
using MlxVideo.Coordinator.Tests.Farm;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Tests.Persistence;

/// <summary>Storage and recovery of a farm on a real database.</summary>
public abstract class FarmDatabaseSpec
{
    private const string Obsolete = "SELECT COUNT(*) FROM journal WHERE sequence_number < (SELECT MIN(sequence_number) FROM snapshot)";

    private protected abstract FarmDatabase Database { get; }

    /// <summary>Copies the database as docs/running-a-farm.md describes it.</summary>
    private protected abstract Task<FarmDatabase> CopyAsync();

    [SkippableFact]
    public async Task Acknowledged_batch_is_stored()
    {
        await using var farm = await StoredFarm.StartAsync(Database);
        await farm.SubmitAsync(FarmActorTestKit.NewBatch("token"));
        // Another connection sees only what was committed.
        Assert.Equal(1, await farm.CountAsync("SELECT COUNT(*) FROM journal WHERE manifest = 'batch-submitted/1'"));
    }

    [SkippableFact]
    public async Task Batch_and_its_finished_stages_survive_restarts_of_the_actor_and_of_the_process()
    {
        var batch = FarmActorTestKit.NewBatch("token", clips: 2, prompt: "Ein Bär 🐻 'quoted' \"twice\" \\");
        BatchView before;
        await using (var farm = await StoredFarm.StartAsync(Database))
        {
            var worker = await farm.JoinAsync("w1");
            var id = await farm.SubmitAsync(batch);
            await farm.CompleteAsync(worker, await StoredFarm.AssignmentAsync(worker));
            var running = await StoredFarm.AssignmentAsync(worker);
            await farm.RestartActorAsync();
            worker = await farm.JoinAsync("w1", running.Attempt);
            await farm.CompleteAsync(worker, running);
            await StoredFarm.AssignmentAsync(worker);
            before = (await farm.ViewAsync(id))!;
        }

        await using var recovered = await StoredFarm.StartAsync(Database);
        var after = (await recovered.ViewAsync(before.Id))!;
        Assert.Equal(batch.Clips.Select(clip => clip.Settings.Prompt), after.Clips.Select(clip => clip.Settings.Prompt));
        Assert.Contains(States(before), stage => stage.State == StageState.Done);
        Assert.Equal(States(before), States(after));
        Assert.Equal(before.Id, await recovered.SubmitAsync(batch)); // the same submission
    }

    [SkippableFact]
    public async Task Recovered_farm_goes_on_with_the_running_attempt()
    {
        string id;
        AssignStage running;
        await using (var farm = await StoredFarm.StartAsync(Database))
        {
            var worker = await farm.JoinAsync("w1");
            id = await farm.SubmitAsync(FarmActorTestKit.NewBatch("token"));
            running = await StoredFarm.AssignmentAsync(worker);
        }

        await using var recovered = await StoredFarm.StartAsync(Database);
        var returned = await recovered.JoinAsync("w1", running.Attempt);
        await recovered.CompleteAsync(returned, running);
        for (var others = (await recovered.ViewAsync(id))!.Clips[0].Stages.Count - 2; others > 0; others--) // the coordinator muxes
            await recovered.CompleteAsync(returned, await StoredFarm.AssignmentAsync(returned));
        Assert.All(States(await recovered.EndedAsync(id)), stage => Assert.Equal((StageState.Done, 1), (stage.State, stage.Attempt)));
    }

    [SkippableFact]
    public async Task Snapshots_replace_old_events_and_the_older_one_suffices()
    {
        string id;
        long written;
        await using (var farm = await StoredFarm.StartAsync(Database))
        {
            id = await farm.SubmitAsync(FarmActorTestKit.NewBatch("token", clips: 3));
            do
            {
                await farm.JoinAsync("w1");
                await farm.LeaveAsync("w1");
                written = await farm.CountAsync("SELECT MAX(sequence_number) FROM journal");
            }
            while (written < 1600);

            await farm.UntilAsync(async () =>
                await farm.CountAsync("SELECT COUNT(*) FROM snapshot") == 2 && await farm.CountAsync(Obsolete) == 0);
            // The plug-in keeps the last deleted event, which it does not recover, for its number.
            Assert.InRange(await farm.CountAsync("SELECT COUNT(*) FROM journal"), 1, written - 900);
            Assert.Equal(0, await farm.CountAsync("SELECT COUNT(*) FROM tags"));
            Assert.DoesNotContain(farm.Log, line => line.Contains("snapshot", StringComparison.Ordinal));
        }

        await using (var recovered = await StoredFarm.StartAsync(Database))
        {
            Assert.Equal(3, (await recovered.ViewAsync(id))!.Clips.Count);
            Assert.Contains(recovered.Log, line => line.Contains($"Recovered the farm after event {written}", StringComparison.Ordinal));
        }

        await using (var connection = Database.Connect())
            await connection.ExecuteAsync("DELETE FROM snapshot WHERE sequence_number = (SELECT MAX(sequence_number) FROM snapshot)");
        await using var older = await StoredFarm.StartAsync(Database);
        Assert.Equal(3, (await older.ViewAsync(id))!.Clips.Count);
    }

    [SkippableFact]
    public async Task Backup_taken_in_operation_contains_the_farm()
    {
        string id;
        FarmDatabase backup;
        await using (var farm = await StoredFarm.StartAsync(Database))
        {
            id = await farm.SubmitAsync(FarmActorTestKit.NewBatch("token"));
            backup = await CopyAsync();
            await farm.SubmitAsync(FarmActorTestKit.NewBatch("later"));
        }

        await using var restored = await StoredFarm.StartAsync(backup);
        Assert.Equal(id, Assert.Single(await restored.ListAsync()).Id);
        Assert.NotEqual(id, await restored.SubmitAsync(FarmActorTestKit.NewBatch("other")));
    }

    private static List<(string Stage, StageState State, int Attempt)> States(BatchView batch) =>
        batch.Clips.SelectMany(clip => clip.Stages.Select(stage => (stage.Stage, stage.State, stage.Attempt))).ToList();
}

/// <summary>A farm in a SQLite file.</summary>
public sealed class SqliteFarmTests : FarmDatabaseSpec, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("farm-").FullName;

    private protected override FarmDatabase Database => FarmDatabase.Of(_folder, postgres: null);

    private protected override async Task<FarmDatabase> CopyAsync()
    {
        var copy = FarmDatabase.Of(Directory.CreateDirectory(Path.Combine(_folder, "copy")).FullName, postgres: null);
        await using var from = new SqliteConnection(Database.ConnectionString);
        await using var to = new SqliteConnection(copy.ConnectionString);
        await from.OpenAsync();
        await to.OpenAsync();
        from.BackupDatabase(to); // what the shell's command .backup does
        return copy;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

/// <summary>A farm on a PostgreSQL server; skipped where none is installed.</summary>
public sealed class PostgresFarmTests(PostgresServer server) : FarmDatabaseSpec, IClassFixture<PostgresServer>
{
    private FarmDatabase? _database;

    private protected override FarmDatabase Database => _database ??= server.CreateDatabase();

    private protected override Task<FarmDatabase> CopyAsync()
    {
        var copy = server.CreateDatabase();
        server.Copy(Database, copy);
        return Task.FromResult(copy);
    }

    [SkippableFact]
    public async Task Farm_goes_on_after_its_server_was_gone_and_loses_nothing_acknowledged()
    {
        await using var farm = await StoredFarm.StartAsync(Database);
        var worker = await farm.JoinAsync("w1");
        var before = await farm.SubmitAsync(FarmActorTestKit.NewBatch("before"));
        await farm.CompleteAsync(worker, await StoredFarm.AssignmentAsync(worker));
        var running = await StoredFarm.AssignmentAsync(worker);

        server.Stop();
        var meanwhile = farm.SubmitPersistentlyAsync(FarmActorTestKit.NewBatch("meanwhile"));
        await farm.UntilAsync(() => Task.FromResult(farm.Problem is not null));
        Assert.Matches("The farm's database can't be used at present (.*); the farm continues as soon as it can.", farm.Problem);
        Assert.False(meanwhile.IsCompleted);
        server.Start();

        Assert.NotEqual(before, await meanwhile);
        Assert.Null(farm.Problem);
        worker = await farm.JoinAsync("w1", running.Attempt);
        await farm.CompleteAsync(worker, running);
        Assert.Equal(2, (await farm.ViewAsync(before))!.Clips[0].Stages.Count(stage => stage is { State: StageState.Done, Attempt: 1 }));
        Assert.Equal(2, (await farm.ListAsync()).Count);
    }
}
