using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Coordinator.Persistence;
using Npgsql;

namespace MlxVideo.Coordinator.Tests.Persistence;

/// <summary>Exclusive use of a database by one coordinator.</summary>
public sealed class PostgresLockTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [SkippableFact]
    public async Task Second_coordinator_is_refused_until_the_first_has_ended()
    {
        var database = server.CreateDatabase();
        await using (await AcquireAsync(database))
        {
            var ex = await Assert.ThrowsAsync<DatabaseInUseException>(() => AcquireAsync(database));
            var name = new NpgsqlConnectionStringBuilder(database.ConnectionString).Database;
            Assert.Equal(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The PostgreSQL database '{name}' on {server.Address} (setting Coordinator:Postgres) is in use by another ")
                + $"coordinator ({Holder}): stop it, or set Coordinator:Postgres to another database.",
                ex.Message);
        }

        await using var next = await AcquireAsync(database);
    }

    [SkippableFact]
    public async Task Other_databases_and_schemas_are_free()
    {
        var database = server.CreateDatabase();
        var settings = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        server.Execute(settings.Database!, "CREATE SCHEMA other");
        settings.SearchPath = "other";
        await using var first = await AcquireAsync(database);
        await using var inSchema = await AcquireAsync(FarmDatabase.Of("unused", settings.ConnectionString));
        await using var inDatabase = await AcquireAsync(server.CreateDatabase());
    }

    [SkippableFact]
    public async Task Lock_is_taken_again_after_the_server_was_restarted()
    {
        var database = server.CreateDatabase();
        await using var held = await AcquireAsync(database);
        using var coordinator = new Coordinator(held);
        await coordinator.Watch.StartAsync(CancellationToken.None);

        server.Stop();
        server.Start();

        await UntilAsync(async () => await IsRefusedAsync(database));
        Assert.False(coordinator.IsStopped);
        await coordinator.Watch.StopAsync(CancellationToken.None);
    }

    [SkippableFact]
    public async Task Coordinator_stops_when_another_one_has_taken_the_database()
    {
        var database = server.CreateDatabase();
        await using var held = await AcquireAsync(database);
        server.Stop();
        server.Start();
        await using var other = await AcquireAsync(database);

        using var coordinator = new Coordinator(held);
        await coordinator.Watch.StartAsync(CancellationToken.None);

        await coordinator.Stopped.WaitAsync(Patience);
        Assert.Contains($"in use by another coordinator ({Holder})", coordinator.Watch.Failure!.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Lock_is_taken_over_from_the_own_session_that_the_server_still_takes_for_alive()
    {
        var database = server.CreateDatabase();
        using var network = new SilentRelay(server.Port);
        var settings = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Port = network.Port };
        await using var held = await AcquireAsync(FarmDatabase.Of("unused", settings.ConnectionString));
        using var coordinator = new Coordinator(held);
        await coordinator.Watch.StartAsync(CancellationToken.None);

        network.Break();

        await UntilAsync(() => Task.FromResult(network.Accepted >= 2));
        await UntilAsync(async () => await IsRefusedAsync(database) && network.Open == 1);
        Assert.False(coordinator.IsStopped);
        await coordinator.Watch.StopAsync(CancellationToken.None);
    }

    [SkippableFact]
    public async Task Server_that_disappears_at_the_start_is_reported()
    {
        var database = server.CreateDatabase();
        server.Stop();
        try
        {
            var ex = await Assert.ThrowsAsync<InvalidConfigurationException>(() => AcquireAsync(database));
            Assert.Contains($"{server.Address} (setting Coordinator:Postgres) can't be reached", ex.Message, StringComparison.Ordinal);
        }
        finally
        {
            server.Start();
        }
    }

    private static string Holder => string.Create(
        CultureInfo.InvariantCulture, $"MlxVideo coordinator, process {Environment.ProcessId} on {Environment.MachineName}");

    private static Task<PostgresLock> AcquireAsync(FarmDatabase database) =>
        PostgresLock.AcquireAsync(database, TimeProvider.System, CancellationToken.None);

    private static async Task<bool> IsRefusedAsync(FarmDatabase database)
    {
        try
        {
            await using (await AcquireAsync(database))
                return false;
        }
        catch (DatabaseInUseException)
        {
            return true;
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, "Waited in vain.");
            await Task.Delay(20);
        }
    }

    /// <summary>A coordinator that does nothing but hold the lock.</summary>
    private sealed class Coordinator : IHostApplicationLifetime, IDisposable
    {
        private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Coordinator(PostgresLock held) =>
            Watch = new PostgresLockWatch(held, this, TimeProvider.System, NullLogger<PostgresLockWatch>.Instance);

        public PostgresLockWatch Watch { get; }

        public Task Stopped => _stopped.Task;

        public bool IsStopped => _stopped.Task.IsCompleted;

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => _stopped.TrySetResult();

        public void Dispose() => Watch.Dispose();
    }
}
