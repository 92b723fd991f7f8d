using MlxVideo.Cli.LocalFarms;

namespace MlxVideo.Cli.Chaos.Processes;

/// <summary>A daemon that is restarted whenever it ends, as launchd does.</summary>
/// <param name="project">Name of the project: <c>Coordinator</c> or <c>Worker</c>.</param>
/// <param name="name">Display name.</param>
/// <param name="folder">Folder for all files of the daemon.</param>
/// <param name="conditions">Conditions of every start.</param>
public sealed class SupervisedDaemon(
    string project, string name, string folder, LaunchConditions conditions, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Pause before the restart of a daemon that ended on its own.</summary>
    private static readonly TimeSpan PauseAfterExit = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Daemon> _started = [];
    private readonly List<string> _ownExits = [];
    private IReadOnlyList<string> _arguments = [];
    private Task _supervision = Task.CompletedTask;
    private bool _isRunning;
    private TimeSpan? _pauseAfterKill;
    private LaunchConditions _temporary = LaunchConditions.None;

    /// <summary>Display name.</summary>
    public string Name => name;

    /// <summary>The daemon's data folder.</summary>
    public string DataFolder => Path.Combine(folder, "data");

    /// <summary>Number of restarts.</summary>
    public int Restarts
    {
        get
        {
            lock (_gate)
                return Math.Max(0, _started.Count - 1);
        }
    }

    /// <summary>The reasons for ends other than <see cref="Kill"/>, with the last lines of output.</summary>
    public IReadOnlyList<string> OwnExits
    {
        get
        {
            lock (_gate)
                return [.. _ownExits];
        }
    }

    /// <summary>Process id; null while the daemon is not running.</summary>
    public int? ProcessId
    {
        get
        {
            lock (_gate)
                return _isRunning ? _started[^1].ProcessId : null;
        }
    }

    /// <summary>Starts the daemon and returns the values of its ready line; restarts do not wait for it.</summary>
    /// <param name="arguments">Arguments of the first start.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="IOException">The daemon ended before it was ready.</exception>
    public async Task<IReadOnlyDictionary<string, string>> StartAsync(
        IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        _arguments = arguments;
        var first = Launch();
        var ready = await first.ReadyAsync(cancellationToken);
        _supervision = SuperviseAsync(first);
        return ready;
    }

    /// <summary>Sets the arguments of restarts.</summary>
    public void RestartWith(IReadOnlyList<string> arguments)
    {
        lock (_gate)
            _arguments = arguments;
    }

    /// <summary>Kills the daemon, which is restarted after a pause.</summary>
    /// <returns>False when the daemon is not running.</returns>
    public bool Kill(TimeSpan pause)
    {
        lock (_gate)
        {
            if (!_isRunning)
                return false;
            _pauseAfterKill = pause;
            return ProcessSignals.Kill(_started[^1].ProcessId);
        }
    }

    /// <summary>Restarts the daemon under additional conditions, which replace earlier ones and apply until the next call.</summary>
    public void RestartUnder(LaunchConditions temporary)
    {
        lock (_gate)
            _temporary = temporary;
        Kill(TimeSpan.Zero); // one that is not running will start under them
    }

    /// <summary>Stops restarting the daemon.</summary>
    public async Task StopSupervisionAsync()
    {
        await _stopping.CancelAsync();
        await _supervision;
    }

    /// <summary>Kills the daemon.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopSupervisionAsync();
        foreach (var daemon in _started)
            await daemon.DisposeAsync();
        _stopping.Dispose();
    }

    private Daemon Launch()
    {
        lock (_gate)
        {
            var daemon = Daemon.Start(conditions.With(_temporary), project, name, folder, _arguments);
            _started.Add(daemon);
            (_isRunning, _pauseAfterKill) = (true, null);
            return daemon;
        }
    }

    private async Task SuperviseAsync(Daemon daemon)
    {
        try
        {
            while (true)
            {
                await daemon.Ended.WaitAsync(_stopping.Token);
                await Task.Delay(OnEnd(daemon), time, _stopping.Token);
                daemon = Launch();
            }
        }
        catch (OperationCanceledException)
        {
            // The farm is being stopped.
        }
    }

    /// <returns>The pause before the restart.</returns>
    private TimeSpan OnEnd(Daemon daemon)
    {
        lock (_gate)
        {
            _isRunning = false;
            if (_pauseAfterKill is { } pause)
                return pause;
            _ownExits.Add(daemon.ExitReason());
            return PauseAfterExit;
        }
    }
}
