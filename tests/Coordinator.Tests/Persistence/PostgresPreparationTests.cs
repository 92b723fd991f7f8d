using System.Net;
using System.Net.Sockets;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Coordinator.Persistence;
using Npgsql;

namespace MlxVideo.Coordinator.Tests.Persistence;

/// <summary>Checks of the setting for PostgreSQL at the coordinator's start.</summary>
public sealed class PostgresPreparationTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private const string Secret = "se-cret";

    [Theory]
    [InlineData("nonsense", "it does not consist of keywords and values")]
    [InlineData($"postgres://farm:{Secret}@db.local/farm", "it does not consist of keywords and values")]
    [InlineData($"Host=db.local;Port=many;Password={Secret}", "the value of 'port' is invalid")]
    [InlineData($"Host=db.local;Usrname=farm;Password={Secret}", "keyword 2 is unknown")]
    [InlineData($"Host=db.local;Password=x;{Secret}=1", "keyword 3 is unknown")]
    [InlineData($"Database=farm;Password={Secret}", "it names no host")]
    public void Malformed_connection_string_is_described_without_its_text(string text, string mistake) =>
        Assert.Equal(
            $"The setting Coordinator:Postgres is not a connection string ({mistake}): write it as in 'Host=db.local;Port=5432;"
            + "Database=farm;Username=farm;Password=SECRET', with a value that contains ';' in double quotes.",
            Refusal(text));

    [Fact]
    public void Server_that_does_not_listen_is_named()
    {
        int port;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        Assert.Equal(
            $"The PostgreSQL server 127.0.0.1:{port} (setting Coordinator:Postgres) can't be reached (Connection refused): start the "
            + "server, or correct the setting.",
            Refusal($"Host=127.0.0.1;Port={port};Username=farm;Password={Secret}"));
    }

    [Fact]
    public void Unknown_host_is_named() => Assert.StartsWith(
        "The PostgreSQL server no-such-host.invalid:5432 (setting Coordinator:Postgres) can't be reached (",
        Refusal($"Host=no-such-host.invalid;Username=farm;Password={Secret}"), StringComparison.Ordinal);

    [SkippableTheory]
    [InlineData("farm", Secret, "password authentication failed for user \"farm\"")]
    [InlineData("nobody", Secret, "password authentication failed for user \"nobody\"")]
    [InlineData("farm", null, "No password has been provided but the backend requires one (in SASL/SCRAM-SHA-256)")]
    public void Wrong_role_or_password_is_reported(string user, string? password, string reason)
    {
        var message = Refusal(Change(server.CreateDatabase(), settings => (settings.Username, settings.Password) = (user, password)));
        Assert.StartsWith(
            $"The PostgreSQL server {server.Address} (setting Coordinator:Postgres) refuses the connection ({reason}): correct the ",
            message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Missing_database_is_reported() => Assert.Equal(
        $"The PostgreSQL server {server.Address} (setting Coordinator:Postgres) has no database 'none': create it, or correct the setting.",
        Refusal(Change(server.CreateDatabase(), settings => settings.Database = "none")));

    [SkippableFact]
    public void Role_that_may_not_create_tables_is_reported()
    {
        var stranger = server.AsStranger(server.CreateDatabase());
        var settings = new NpgsqlConnectionStringBuilder(stranger.ConnectionString);
        Assert.Equal(
            $"The PostgreSQL database '{settings.Database}' on {server.Address} (setting Coordinator:Postgres) does not let the role "
            + $"'{settings.Username}' create tables in the schema 'public': create the schema if it does not exist, and make the role its "
            + "owner or the owner of the database.",
            Refusal(stranger.ConnectionString));
    }

    [SkippableFact]
    public void Missing_schema_is_reported() => Assert.Contains(
        "create tables in the schema 'none': create the schema",
        Refusal(Change(server.CreateDatabase(), settings => settings.SearchPath = "none")), StringComparison.Ordinal);

    [SkippableFact]
    public void Read_only_server_is_reported()
    {
        var text = Change(server.CreateDatabase(), settings => settings.Options = "-c default_transaction_read_only=on");
        Assert.EndsWith(" (setting Coordinator:Postgres) is read-only: use the primary server.", Refusal(text), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Owner_of_a_database_needs_no_other_privilege()
    {
        var database = server.CreateDatabase();
        var stranger = server.AsStranger(database);
        var settings = new NpgsqlConnectionStringBuilder(stranger.ConnectionString);
        server.Execute("postgres", $"ALTER DATABASE {settings.Database} OWNER TO {settings.Username}");
        stranger.Prepare();
    }

    private static string Change(FarmDatabase database, Action<NpgsqlConnectionStringBuilder> change)
    {
        var settings = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        change(settings);
        return settings.ConnectionString;
    }

    /// <summary>Returns the message for an unusable setting; nothing of the exception contains a password.</summary>
    private static string Refusal(string text)
    {
        var database = FarmDatabase.Of("unused", text);
        var ex = Assert.Throws<InvalidConfigurationException>(database.Prepare);
        foreach (var shown in new[] { ex.ToString(), database.ToString() })
        {
            Assert.DoesNotContain(Secret, shown, StringComparison.Ordinal);
            Assert.DoesNotContain(PostgresServer.Password, shown, StringComparison.Ordinal);
        }

        Assert.DoesNotContain('\n', ex.Message);
        return ex.Message;
    }
}
