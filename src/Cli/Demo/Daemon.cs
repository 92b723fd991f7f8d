using System.Diagnostics;

namespace MlxVideo.Cli.Demo;

/// <summary>A coordinator or worker process that this process started; its output goes to a log file.</summary>
public sealed class Daemon : IAsyncDisposable
{
    private const int LastWords = 12;

    private readonly Process _process;
    private readonly string _logFile;
    private readonly StreamWriter _log;
    private readonly TaskCompletionSource<IReadOnlyDictionary<string, string>> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Daemon(Process process, string name, string logFile)
    {
        (_process, Name, _logFile) = (process, name, logFile);
        _log = new StreamWriter(logFile) { AutoFlush = true };
    }

    /// <summary>Its name for people.</summary>
    public string Name { get; }

    /// <summary>True once it is told to stop.</summary>
    public bool IsStopping { get; private set; }

    /// <summary>True when it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Completes when it has ended.</summary>
    public Task Exited { get; private set; } = Task.CompletedTask;

    /// <summary>Its process id.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Starts one of the executables that were built beside this one.</summary>
    public static Daemon Start(string project, string name, string logFile, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Installation.Dotnet) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Installation.Daemon(project));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
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

    /// <summary>That it ended, and the end of its log.</summary>
    public string Obituary()
    {
        lock (_log)
            _log.Flush();
        using var stream = new FileStream(_logFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return $"{Name} ended: {string.Join('\n', lines.TakeLast(LastWords))}";
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        IsStopping = true;
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await Exited;
        _process.Dispose();
        await _log.DisposeAsync();
    }

    private async Task WaitForExit()
    {
        await _process.WaitForExitAsync(); // also waits for the last line of output
        _ready.TrySetException(new IOException(Obituary()));
    }

    private void OnLine(string? line)
    {
        if (line is null)
            return;
        lock (_log)
            _log.WriteLine(line);
        if (line.StartsWith("ready ", StringComparison.Ordinal))
            _ready.TrySetResult(line.Split(' ').Where(word => word.Contains('=')).Select(word => word.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]));
    }
}
