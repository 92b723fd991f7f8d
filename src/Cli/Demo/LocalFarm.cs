namespace MlxVideo.Cli.Demo;

/// <summary>
/// A coordinator and workers as processes of their own on loopback, with free ports and a temporary data folder. All of
/// them end with this object; they also end by themselves if this process is killed.
/// </summary>
public sealed class LocalFarm : IAsyncDisposable
{
    private readonly string _data;
    private readonly List<Daemon> _daemons = [];
    private readonly CancellationTokenSource _died = new();

    private LocalFarm(string data) => _data = data;

    /// <summary>The coordinator's HTTP API.</summary>
    public Uri Api { get; private set; } = null!;

    /// <summary>The coordinator's cluster address, HOST:PORT.</summary>
    public string Cluster { get; private set; } = null!;

    /// <summary>Cancelled when the coordinator or the last worker has died.</summary>
    public CancellationToken Died => _died.Token;

    /// <summary>Who died and its last words; null while the farm works.</summary>
    public string? Obituary { get; private set; }

    /// <summary>Starts everything and waits until every worker has joined.</summary>
    public static async Task<LocalFarm> Start(string modelFolder, int workers, CancellationToken cancellation)
    {
        var farm = new LocalFarm(Path.Combine(Path.GetTempPath(), $"mlx-video-{Guid.NewGuid():N}"));
        try
        {
            await farm.StartCoordinator(cancellation);
            await Task.WhenAll(Enumerable.Range(1, workers).Select(index => farm.StartWorker($"worker-{index}", modelFolder, cancellation)));
            return farm;
        }
        catch
        {
            await farm.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var daemon in Enumerable.Reverse(_daemons))
            await daemon.DisposeAsync();
        if (Directory.Exists(_data))
            Directory.Delete(_data, recursive: true);
        _died.Dispose();
    }

    private async Task StartCoordinator(CancellationToken cancellation)
    {
        var daemon = Launch("Coordinator", "coordinator", "--cluster-port", "0", "--http-port", "0");
        var ready = await daemon.Ready(cancellation);
        Api = new Uri(ready["http"]);
        Cluster = ready["cluster"];
        _ = Watch(daemon, isEssential: () => true);
    }

    private async Task StartWorker(string name, string modelFolder, CancellationToken cancellation)
    {
        var daemon = Launch("Worker", name, "--join", Cluster, "--model", modelFolder, "--name", name);
        await daemon.Ready(cancellation);
        _ = Watch(daemon, isEssential: () => _daemons.Skip(1).All(other => other.HasExited));
    }

    private Daemon Launch(string project, string name, params string[] arguments)
    {
        var folder = Path.Combine(_data, name);
        Directory.CreateDirectory(folder);
        var daemon = Daemon.Start(project, name, Path.Combine(folder, "log"), ["--data", folder, "--parent-pid", Environment.ProcessId.ToString(), .. arguments]);
        lock (_daemons)
            _daemons.Add(daemon);
        return daemon;
    }

    private async Task Watch(Daemon daemon, Func<bool> isEssential)
    {
        await daemon.Exited;
        if (daemon.IsStopping)
            return;
        await Console.Error.WriteLineAsync($"{daemon.Name} ended by itself.");
        if (!isEssential())
            return;
        Obituary = daemon.Obituary();
        await _died.CancelAsync();
    }
}
