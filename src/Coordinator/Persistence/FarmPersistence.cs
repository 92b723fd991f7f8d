using Akka.Hosting;
using Akka.Persistence.Sql.Hosting;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;

namespace MlxVideo.Coordinator.Persistence;

/// <summary>Sets up the journal, the snapshot store, and the lock of the database.</summary>
internal static class FarmPersistence
{
    /// <summary>Stores events and snapshots in a database, with <see cref="FarmEventSerializer"/> only.</summary>
    public static AkkaConfigurationBuilder WithFarmPersistence(this AkkaConfigurationBuilder builder, FarmDatabase database) => builder
        .WithCustomSerializer("farm-events", [typeof(IFarmEvent), typeof(FarmState)], system => new FarmEventSerializer(system))
        .WithSqlPersistence(database.ConnectionString, database.Provider)
        .AddHocon("""
            # The farm is the only writer; the default number of parallel writers would only compete for SQLite's lock.
            akka.persistence.journal.sql.parallelism = 1
            # The farm's actor starts again at intervals; longer pauses would only delay it when the database is back.
            akka.persistence.journal.sql.circuit-breaker.reset-timeout = 5s
            akka.persistence.snapshot-store.sql.circuit-breaker.reset-timeout = 5s
            """, HoconAddMode.Prepend);

    /// <summary>Keeps the lock of a PostgreSQL database for the life of the process.</summary>
    /// <param name="held">The lock; null for a SQLite file.</param>
    public static void AddDatabaseLock(this IServiceCollection services, PostgresLock? held)
    {
        if (held is null)
            return;
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<PostgresLockWatch>(provider, held));
        services.AddHostedService(provider => provider.GetRequiredService<PostgresLockWatch>());
    }
}
