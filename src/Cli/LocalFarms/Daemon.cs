using System.Diagnostics;
using System.Globalization;
using MlxVideo.Cli.Files;

namespace MlxVideo.Cli.LocalFarms;

/// <summary>A coordinator or worker process started by this process. Its output goes to a log file.</summary>
public sealed class Daemon : IAsyncDisposable
{
    private const int MaxLastLines = 12;
    private const string ReadyWord = "ready ";

    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly Queue<string> _lastLines = new();
    private readonly TaskCompletionSource<IReadOnlyDictionary<string, string>> _ready =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Daemon(Process process, string name, string logFile)
    {
        // Shared, because a restarted daemon may append while a child process of its predecessor still holds that one's output open.
        var log = new FileStream(logFile, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        (_process, Name, _log) = (process, name, new StreamWriter(log) { AutoFlush = true });
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => _ended.TrySetResult();
    }

    /// <summary>Display name.</summary>
    public string Name { get; }

    public int ProcessId => _process.Id;

    /// <summary>Completes when the process has ended and its last line is in the log.</summary>
    public Task Exited { get; private set; } = Task.CompletedTask;

    /// <summary>Completes when the process has ended, even while a surviving child process holds its output open.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Starts a daemon from the same build. It ends with this process.</summary>
    /// <param name="project">Name of the project: <c>Coordinator</c> or <c>Worker</c>.</param>
    /// <param name="name">Display name.</param>
    /// <param name="folder">Folder for all files of the daemon: its data, temporary files, and its output as <c>log</c>.</param>
    /// <param name="arguments">Arguments except those derived from the folder and this process.</param>
    public static Daemon Start(string project, string name, string folder, params IEnumerable<string> arguments) =>
        Start(LaunchConditions.None, project, name, folder, arguments);

    /// <summary>Starts a daemon under the given conditions. It ends with this process.</summary>
    /// <param name="conditions">Environment and limits of the process.</param>
    /// <param name="project">Name of the project: <c>Coordinator</c> or <c>Worker</c>.</param>
    /// <param name="name">Display name.</param>
    /// <param name="folder">Folder for all files of the daemon: its data, temporary files, and its output as <c>log</c>.</param>
    /// <param name="arguments">Arguments except those derived from the folder and this process.</param>
    public static Daemon Start(
        LaunchConditions conditions, string project, string name, string folder, params IEnumerable<string> arguments)
    {
        var data = Directory.CreateDirectory(Path.Combine(folder, "data")).FullName;
        var parent = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        var start = conditions.StartInfo(
            [Installation.Dotnet, Installation.Daemon(project), "--data", data, "--parent-pid", parent, .. arguments]);
        start.RedirectStandardInput = true; // keeps the terminal's input from the daemon
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment["TMPDIR"] = Directory.CreateDirectory(Path.Combine(folder, "tmp")).FullName;
        start.Environment["DOTNET_EnableDiagnostics"] = "0"; // diagnostic sockets would outlive a killed process
        var daemon = new Daemon(new Process { StartInfo = start }, name, Path.Combine(folder, "log"));
        daemon._process.OutputDataReceived += (_, line) => daemon.OnLine(line.Data);
        daemon._process.ErrorDataReceived += (_, line) => daemon.OnLine(line.Data);
        daemon._process.Start();
        daemon._process.BeginOutputReadLine();
        daemon._process.BeginErrorReadLine();
        daemon.Exited = daemon.WaitForExitAsync();
        return daemon;
    }

    /// <summary>Waits for the ready line and returns its <c>key=value</c> pairs.</summary>
    /// <exception cref="IOException">The process ended before it was ready; the message contains its last lines.</exception>
    public Task<IReadOnlyDictionary<string, string>> ReadyAsync(CancellationToken cancellationToken) =>
        _ready.Task.WaitAsync(cancellationToken);

    /// <summary>Returns the exit code and the last lines of output as text. Valid only after the process has ended.</summary>
    public string ExitReason()
    {
        lock (_lastLines)
        {
            var end = string.Create(CultureInfo.InvariantCulture, $"{Name} ended with exit code {_process.ExitCode}");
            return _lastLines.Count switch
            {
                0 => $"{end} without any output.",
                1 => $"{end}: {_lastLines.Peek()}",
                _ => $"{end}; last lines of its output:\n  {string.Join("\n  ", _lastLines)}",
            };
        }
    }

    /// <summary>Kills the process with its descendants and waits for its end.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await Exited;
        _process.Dispose();
        await _log.DisposeAsync();
    }

    private async Task WaitForExitAsync()
    {
        await _process.WaitForExitAsync();
        _ready.TrySetException(new IOException(ExitReason()));
    }

    private void OnLine(string? line)
    {
        if (line is null)
            return;
        lock (_lastLines)
        {
            _log.WriteLine(line);
            _lastLines.Enqueue(line);
            if (_lastLines.Count > MaxLastLines)
                _lastLines.Dequeue();
        }

        if (line.StartsWith(ReadyWord, StringComparison.Ordinal))
            _ready.TrySetResult(
                line.Split(' ').Select(word => word.Split('=', 2)).Where(pair => pair.Length == 2)
                    .ToDictionary(pair => pair[0], pair => pair[1]));
    }
}
