using System.Diagnostics;

namespace MlxVideo.Cli.Demo;

/// <summary>A coordinator or worker process that this process started; its output goes to a log file.</summary>
public sealed class Daemon : IAsyncDisposable
{
    private const int LastWords = 12;
    private const string ReadyWord = "ready ";

    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly Queue<string> _lastLines = new();
    private readonly TaskCompletionSource<IReadOnlyDictionary<string, string>> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Daemon(Process process, string name, string logFile) => (_process, Name, _log) = (process, name, new StreamWriter(logFile) { AutoFlush = true });

    /// <summary>Its name for people.</summary>
    public string Name { get; }

    /// <summary>Its process id.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Completes when it has ended and its last line is in the log.</summary>
    public Task Exited { get; private set; } = Task.CompletedTask;

    /// <summary>Starts one of the executables that were built beside this one.</summary>
    /// <param name="project">Its project: <c>Coordinator</c> or <c>Worker</c>.</param>
    /// <param name="name">Its name for people.</param>
    /// <param name="logFile">Where its output goes.</param>
    /// <param name="arguments">Its arguments.</param>
    public static Daemon Start(string project, string name, string logFile, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Installation.Dotnet, [Installation.Daemon(project), .. arguments])
        {
            RedirectStandardInput = true, // a terminal's keys are not for it
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var daemon = new Daemon(new Process { StartInfo = start }, name, logFile);
        daemon._process.OutputDataReceived += (_, line) => daemon.OnLine(line.Data);
        daemon._process.ErrorDataReceived += (_, line) => daemon.OnLine(line.Data);
        daemon._process.Start();
        daemon._process.BeginOutputReadLine();
        daemon._process.BeginErrorReadLine();
        daemon.Exited = daemon.WaitForExit();
        return daemon;
    }

    /// <summary>What its ready line says: <c>key=value</c> pairs.</summary>
    /// <exception cref="IOException">It ended before it was ready; the message has its last words.</exception>
    public Task<IReadOnlyDictionary<string, string>> Ready(CancellationToken cancellation) => _ready.Task.WaitAsync(cancellation);

    /// <summary>That it ended, and the last lines that it wrote.</summary>
    public string Obituary()
    {
        lock (_lastLines)
            return _lastLines.Count == 0 ? $"{Name} ended without a word." : $"{Name} ended: {string.Join('\n', _lastLines)}";
    }

    /// <summary>Kills it with everything that it started, and waits until it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await Exited;
        _process.Dispose();
        await _log.DisposeAsync();
    }

    private async Task WaitForExit()
    {
        await _process.WaitForExitAsync();
        _ready.TrySetException(new IOException(Obituary()));
    }

    private void OnLine(string? line)
    {
        if (line is null)
            return;
        lock (_lastLines)
        {
            _log.WriteLine(line);
            _lastLines.Enqueue(line);
            if (_lastLines.Count > LastWords)
                _lastLines.Dequeue();
        }

        if (line.StartsWith(ReadyWord, StringComparison.Ordinal))
            _ready.TrySetResult(line.Split(' ').Select(word => word.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]));
    }
}
