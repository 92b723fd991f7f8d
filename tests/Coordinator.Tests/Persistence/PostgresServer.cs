using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MlxVideo.Coordinator.Persistence;
using Npgsql;

namespace MlxVideo.Coordinator.Tests.Persistence;

/// <summary>A PostgreSQL server of its own in a temporary folder, on a free port of loopback.</summary>
public sealed class PostgresServer : IDisposable
{
    private const string User = "farm";

    /// <summary>Password of all users; contains what connection strings, configuration files and SQL have to escape.</summary>
    internal const string Password = """s;e'c"r=e\t ${x} # {y} ü""";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly string? _programs = FindPrograms();
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"postgres-{Guid.NewGuid():N}");
    private readonly int _port = FreePort();
    private Process? _server;

    public PostgresServer()
    {
        if (_programs is null)
            return;
        Directory.CreateDirectory(_folder);
        // The server refuses to run as root.
        if (Environment.IsPrivilegedProcess)
            Run("chown", UnprivilegedUser(), _folder);
        File.WriteAllText(PasswordFile, Password);
        Run([.. AsUnprivileged("initdb"), "-D", Data, "-U", User, "-A", "scram-sha-256", "--pwfile", PasswordFile, "-E", "UTF8",
            "--locale=C", "--no-sync"]);
        Start();
    }

    /// <summary>Why there is no server; null when there is one.</summary>
    public string? Missing => _programs is null ? "PostgreSQL is not installed (Debian: apt-get install postgresql)." : null;

    /// <summary>The server's port on loopback.</summary>
    public int Port => _port;

    /// <summary>The server's address in messages.</summary>
    public string Address => $"127.0.0.1:{_port.ToString(CultureInfo.InvariantCulture)}";

    private string Data => Path.Combine(_folder, "data");

    private string PasswordFile => Path.Combine(_folder, "password");

    /// <summary>Creates an empty database.</summary>
    public FarmDatabase CreateDatabase()
    {
        Skip.If(Missing is not null, Missing);
        var name = $"farm_{Guid.NewGuid():N}";
        Execute("postgres", $"CREATE DATABASE {name}");
        return FarmDatabase.Of(_folder, ConnectionString(name, User));
    }

    /// <summary>Returns the same database as seen by a new user without any privileges.</summary>
    public FarmDatabase AsStranger(FarmDatabase database)
    {
        var (name, user) = (new NpgsqlConnectionStringBuilder(database.ConnectionString).Database!, $"user_{Guid.NewGuid():N}");
        Execute(name, $"CREATE USER {user} PASSWORD '{Password.Replace("'", "''", StringComparison.Ordinal)}'");
        return FarmDatabase.Of(_folder, ConnectionString(name, user));
    }

    /// <summary>Copies a database with the server's backup programs.</summary>
    public void Copy(FarmDatabase from, FarmDatabase to)
    {
        var file = Path.Combine(_folder, $"{Guid.NewGuid():N}.dump");
        RunClient("pg_dump", from, "--format=custom", "--file", file);
        RunClient("pg_restore", to, file);
    }

    /// <summary>Starts the server and waits until it accepts connections.</summary>
    public void Start()
    {
        _server = Process.Start(Command([.. AsUnprivileged("postgres"), "-D", Data, "-p", _port.ToString(CultureInfo.InvariantCulture),
            "-c", "listen_addresses=127.0.0.1", "-c", $"unix_socket_directories={_folder}", "-c", "log_min_messages=panic"]))!;
        // Nobody reads them, and a full pipe would block the server.
        _server.OutputDataReceived += (_, _) => { };
        _server.ErrorDataReceived += (_, _) => { };
        _server.BeginOutputReadLine();
        _server.BeginErrorReadLine();
        var began = Stopwatch.GetTimestamp();
        while (!Accepts())
        {
            if (_server.HasExited || Stopwatch.GetElapsedTime(began) > Patience)
                throw new InvalidOperationException($"The PostgreSQL server in {_folder} did not start.");
            Thread.Sleep(50);
        }
    }

    /// <summary>Stops the server as a crash does: connections break, and nothing is finished.</summary>
    public void Stop()
    {
        if (_server is not { } server)
            return;
        _server = null;
        // The first line is the server's own process id; what was started above may be a wrapper that changed the user.
        var pid = File.ReadLines(Path.Combine(Data, "postmaster.pid")).First();
        Run("kill", "-QUIT", pid);
        server.WaitForExit(Patience);
        server.Dispose();
    }

    public void Dispose()
    {
        Stop();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Runs a statement as the owner of the server.</summary>
    internal void Execute(string database, string sql)
    {
        using var connection = new NpgsqlConnection(ConnectionString(database, User));
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private string ConnectionString(string database, string user) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = _port,
        Database = database,
        Username = user,
        Password = Password,
        Pooling = database != "postgres",
    }.ToString();

    private void RunClient(string program, FarmDatabase database, params string[] arguments)
    {
        var name = new NpgsqlConnectionStringBuilder(database.ConnectionString).Database!;
        Run([Path.Combine(_programs!, program), "--host", "127.0.0.1", "--port", _port.ToString(CultureInfo.InvariantCulture),
            "--username", User, "--dbname", name, .. arguments]);
    }

    private bool Accepts()
    {
        try
        {
            Execute("postgres", "SELECT 1");
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private string[] AsUnprivileged(string program)
    {
        var path = Path.Combine(_programs!, program);
        return Environment.IsPrivilegedProcess ? ["runuser", "-u", UnprivilegedUser(), "--", path] : [path];
    }

    private static string UnprivilegedUser() =>
        File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";

    private static string? FindPrograms()
    {
        const string Debian = "/usr/lib/postgresql";
        if (!OperatingSystem.IsLinux() || !Directory.Exists(Debian))
            return null;
        return Directory.EnumerateDirectories(Debian)
            .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var major) ? major : 0)
            .Select(folder => Path.Combine(folder, "bin"))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres")));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static ProcessStartInfo Command(params string[] command) => new(command[0], command[1..])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        // The user that runs the server may not be allowed to enter the current folder.
        WorkingDirectory = "/",
        Environment = { ["PGPASSWORD"] = Password },
    };

    private static void Run(params string[] command)
    {
        using var process = Process.Start(Command(command))!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{string.Join(' ', command)} failed: {output.Result}{errors}");
    }
}
