using LinqToDB;
using LinqToDB.Data;
using Microsoft.Data.Sqlite;
using MlxVideo.Cluster.Configuration;

namespace MlxVideo.Coordinator.Persistence;

/// <summary>The coordinator's database: a SQLite file in its data folder, or PostgreSQL.</summary>
/// <param name="Provider">The provider's name in LINQ to DB, which Akka.Persistence.Sql uses as well.</param>
public sealed record FarmDatabase(string Provider, string ConnectionString)
{
    /// <summary>Name of the SQLite file in the data folder.</summary>
    public const string FileName = "farm.db";

    /// <summary>Whether the database is on a PostgreSQL server.</summary>
    public bool IsPostgres => Provider != ProviderName.SQLiteMS;

    /// <summary>Describes the database of a coordinator.</summary>
    /// <param name="postgres">Connection string of a PostgreSQL database; null for SQLite.</param>
    public static FarmDatabase Of(string dataFolder, string? postgres) => string.IsNullOrWhiteSpace(postgres)
        ? new FarmDatabase(ProviderName.SQLiteMS, new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(dataFolder, FileName),
        }.ToString())
        : new FarmDatabase(ProviderName.PostgreSQL15, postgres);

    /// <summary>Opens a connection; the caller disposes of it.</summary>
    public DataConnection Connect() => new(new DataOptions().UseConnectionString(Provider, ConnectionString));

    /// <summary>Checks that the database can be used, and switches a SQLite file to write-ahead logging.</summary>
    /// <exception cref="InvalidConfigurationException">The database can't be used.</exception>
    public void Prepare()
    {
        if (IsPostgres)
            PostgresDatabase.Parse(ConnectionString).Check();
        else
            SqliteFile.Prepare(new SqliteConnectionStringBuilder(ConnectionString).DataSource);
    }

    /// <summary>Returns the provider only: the connection string may contain a password.</summary>
    public override string ToString() => $"{nameof(FarmDatabase)} {{ {nameof(Provider)} = {Provider} }}";
}
