using System.Data.Common;
using System.Net.Sockets;
using MlxVideo.Cluster.Configuration;
using Npgsql;

namespace MlxVideo.Coordinator.Persistence;

/// <summary>The PostgreSQL database of the setting <c>Coordinator:Postgres</c>. No message contains the setting's password.</summary>
internal sealed class PostgresDatabase
{
    private const string Setting = "(setting Coordinator:Postgres)";

    private readonly NpgsqlConnectionStringBuilder _settings;

    private PostgresDatabase(NpgsqlConnectionStringBuilder settings) => _settings = settings;

    /// <summary>The connection's settings.</summary>
    public NpgsqlConnectionStringBuilder Settings => new(_settings.ConnectionString);

    private string Address => _settings.Host!.StartsWith('/') ? _settings.Host : $"{_settings.Host}:{_settings.Port}";

    private string Server => $"The PostgreSQL server {Address} {Setting}";

    private string Name => _settings.Database ?? _settings.Username ?? "";

    /// <summary>Reads a connection string.</summary>
    /// <exception cref="InvalidConfigurationException">The text is not a connection string.</exception>
    public static PostgresDatabase Parse(string connectionString)
    {
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(connectionString);
            return string.IsNullOrWhiteSpace(settings.Host) ? throw Malformed("it names no host") : new PostgresDatabase(settings);
        }
        catch (Exception ex) when (ex is ArgumentException or FormatException or OverflowException or InvalidCastException)
        {
            // Without the cause, which may quote a piece of the password.
            throw Malformed(FindMistake(connectionString));
        }
    }

    /// <summary>Checks that the farm can connect and create its tables.</summary>
    /// <exception cref="InvalidConfigurationException">The database can't be used.</exception>
    public void Check()
    {
        try
        {
            using var connection = new NpgsqlConnection(_settings.ConnectionString);
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = """
                SELECT current_setting('transaction_read_only') = 'on', current_user::text, current_schema()::text,
                    coalesce(has_schema_privilege(current_schema(), 'CREATE') AND has_schema_privilege(current_schema(), 'USAGE'), false)
                """;
            using var answer = command.ExecuteReader();
            answer.Read();
            if (answer.GetBoolean(0))
                throw new InvalidConfigurationException($"{Describe()} is read-only: use the primary server.");
            if (!answer.GetBoolean(3))
                throw new InvalidConfigurationException(
                    $"{Describe()} does not let the role '{answer.GetString(1)}' create tables in the schema "
                    + $"'{(answer.IsDBNull(2) ? _settings.SearchPath ?? "public" : answer.GetString(2))}': create the schema if it does "
                    + "not exist, and make the role its owner or the owner of the database.");
        }
        catch (Exception ex) when (ex is not (InvalidConfigurationException or OutOfMemoryException)) // also certificate files, TLS
        {
            throw Unusable(ex);
        }
    }

    /// <summary>Converts a failed connection or query to a message for the operator.</summary>
    public InvalidConfigurationException Unusable(Exception ex) => new(Explain(ex), ex);

    /// <summary>Names the database, as the subject of a sentence.</summary>
    public string Describe() => $"The PostgreSQL database '{Name}' on {Address} {Setting}";

    private string Explain(Exception ex)
    {
        var reason = DatabaseCondition.Reason(ex);
        return ex switch
        {
            PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } =>
                $"{Server} has no database '{Name}': create it, or correct the setting.",
            PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow } =>
                $"{Server} does not accept connections yet ({reason}): try again in a moment.",
            PostgresException
            {
                SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification
                    or PostgresErrorCodes.InsufficientPrivilege,
            } => $"{Server} refuses the connection ({reason}): correct the user name and the password, or the role's access on the server.",
            PostgresException => $"{Describe()} can't be used ({reason}): correct the setting or the server.",
            _ when ex.GetBaseException() is SocketException or TimeoutException =>
                $"{Server} can't be reached ({reason}): start the server, or correct the setting.",
            _ => $"{Server} refuses the connection ({reason}): correct the setting.",
        };
    }

    private static InvalidConfigurationException Malformed(string mistake) => new(
        $"The setting Coordinator:Postgres is not a connection string ({mistake}): write it as in "
        + "'Host=db.local;Port=5432;Database=farm;Username=farm;Password=SECRET', with a value that contains ';' in double quotes.");

    /// <summary>Finds the keyword that is wrong. An unknown one is not named: it may be a piece of an unquoted password.</summary>
    private static string FindMistake(string connectionString)
    {
        DbConnectionStringBuilder parts;
        try
        {
            parts = new DbConnectionStringBuilder { ConnectionString = connectionString };
        }
        catch (ArgumentException)
        {
            return "it does not consist of keywords and values";
        }

        var number = 0;
        foreach (var keyword in parts.Keys.Cast<string>())
        {
            number++;
            var settings = new NpgsqlConnectionStringBuilder();
            if (!settings.ContainsKey(keyword))
                return $"keyword {number} is unknown";
            try
            {
                settings[keyword] = parts[keyword];
            }
            catch (Exception ex) when (ex is ArgumentException or FormatException or OverflowException or InvalidCastException)
            {
                return $"the value of '{keyword}' is invalid";
            }
        }

        return "its values contradict each other";
    }
}
