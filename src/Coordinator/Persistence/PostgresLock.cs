using System.Globalization;
using System.Net.Sockets;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Shared.Errors;
using Npgsql;

namespace MlxVideo.Coordinator.Persistence;

/// <summary>
/// Exclusive use of a PostgreSQL database by one coordinator: an advisory lock of a session that stays open. The server releases the lock
/// when the session ends for any reason. The lock of the data folder protects a SQLite file in the same way.
/// </summary>
internal sealed class PostgresLock : IAsyncDisposable
{
    // Any number that no other application is likely to use. The second key is the schema's, so that each schema can hold a farm.
    private const string Keys = "1299994960, hashtext(current_schema())";

    /// <summary>A killed coordinator's session takes a moment to end.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    private readonly PostgresDatabase _database;
    private readonly string _connectionString;
    private readonly TimeProvider _time;
    private NpgsqlConnection? _connection;
    private Session? _session;

    private PostgresLock(PostgresDatabase database, TimeProvider time)
    {
        var settings = database.Settings;
        settings.Pooling = false;
        settings.KeepAlive = 10; // notices a server that disappeared without closing the connection
        settings.ApplicationName = string.Create(
            CultureInfo.InvariantCulture, $"MlxVideo coordinator, process {Environment.ProcessId} on {Environment.MachineName}");
        (_database, _connectionString, _time) = (database, settings.ConnectionString, time);
    }

    /// <summary>Locks a database.</summary>
    /// <exception cref="DatabaseInUseException">Another coordinator uses the database.</exception>
    /// <exception cref="InvalidConfigurationException">The database can't be used.</exception>
    public static async Task<PostgresLock> AcquireAsync(FarmDatabase database, TimeProvider time, CancellationToken cancellationToken)
    {
        var result = new PostgresLock(PostgresDatabase.Parse(database.ConnectionString), time);
        try
        {
            await result.AcquireAsync(cancellationToken);
            return result;
        }
        catch (Exception ex) when (ex is NpgsqlException or SocketException or TimeoutException)
        {
            throw result._database.Unusable(ex);
        }
    }

    /// <summary>Locks the database again after the lock was lost.</summary>
    /// <exception cref="DatabaseInUseException">Another coordinator uses the database now.</exception>
    /// <exception cref="NpgsqlException">The server does not answer.</exception>
    public async Task AcquireAsync(CancellationToken cancellationToken)
    {
        await CloseAsync();
        var connection = new NpgsqlConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            var began = _time.GetTimestamp();
            while (!await TryLockAsync(connection, cancellationToken))
            {
                var holder = await FindHolderAsync(connection, cancellationToken);
                if (holder is not null && holder.Session == _session)
                    began = await EndAsync(connection, holder.Session, cancellationToken);
                else if (_time.GetElapsedTime(began) > Patience)
                    throw new DatabaseInUseException(_database.Describe(), holder?.Application);
                await Task.Delay(Glance, _time, cancellationToken);
            }

            _session = await FindSessionAsync(connection, cancellationToken);
            _connection = connection;
        }
        finally
        {
            if (_connection is null)
                await connection.DisposeAsync();
        }
    }

    /// <summary>Completes with the reason when the lock is lost.</summary>
    public async Task<string> WaitForLossAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
                await _connection!.WaitAsync(cancellationToken); // returns for notices of the server
        }
        catch (Exception ex) when (ex is NpgsqlException or InvalidOperationException)
        {
            return DatabaseCondition.Reason(ex);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await CloseAsync();

    private async Task CloseAsync()
    {
        if (_connection is not { } connection)
            return;
        _connection = null;
        await connection.DisposeAsync();
    }

    private static async Task<bool> TryLockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        // The server notices within 25 seconds that this machine disappeared, instead of after hours.
        command.CommandText = $"""
            SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; SET idle_session_timeout = 0;
            SELECT pg_try_advisory_lock({Keys})
            """;
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>Ends this coordinator's earlier session, which the server may take for alive after a network failure.</summary>
    /// <returns>The current time.</returns>
    private async Task<long> EndAsync(NpgsqlConnection connection, Session own, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT pg_terminate_backend($1)";
        command.Parameters.Add(new NpgsqlParameter { Value = own.Pid });
        await command.ExecuteNonQueryAsync(cancellationToken);
        return _time.GetTimestamp();
    }

    private static async Task<Session?> FindSessionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()";
        await using var answer = await command.ExecuteReaderAsync(cancellationToken);
        return await answer.ReadAsync(cancellationToken) ? Session.Read(answer) : null;
    }

    private static async Task<Holder?> FindHolderAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = $"""
            SELECT pid, backend_start, application_name FROM pg_stat_activity JOIN pg_locks USING (pid)
            WHERE locktype = 'advisory' AND granted
                AND (classid::int8, objid::int8) = (SELECT k::int8, s::int8 & 4294967295 FROM (SELECT {Keys}) AS keys(k, s))
                AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """;
        await using var answer = await command.ExecuteReaderAsync(cancellationToken);
        return await answer.ReadAsync(cancellationToken) ? new Holder(Session.Read(answer), answer[2] as string) : null;
    }

    /// <summary>A session of the server.</summary>
    /// <param name="Start">Distinguishes sessions, because process ids are used again; null for the session of a foreign role.</param>
    private sealed record Session(int Pid, DateTime? Start)
    {
        public static Session Read(NpgsqlDataReader row) => new(row.GetInt32(0), row.IsDBNull(1) ? null : row.GetDateTime(1));
    }

    private sealed record Holder(Session Session, string? Application);
}

/// <summary>Thrown when another coordinator uses the database; the message names the coordinator.</summary>
internal sealed class DatabaseInUseException(string database, string? holder)
    : Exception($"{database} is in use by {(string.IsNullOrEmpty(holder) ? "another coordinator" : $"another coordinator ({holder})")}: "
        + "stop it, or set Coordinator:Postgres to another database."), IBadInput;
