namespace MlxVideo.Cli.Demo;

/// <summary>
/// A coordinator and workers as processes of their own on loopback, with free ports and a temporary data folder. All of
/// them end with this object; they also end by themselves if this process is killed.
/// </summary>
public sealed class LocalFarm : IAsyncDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("mlx-video-farm-").FullName;
    private readonly List<Daemon> _workers = [];
    private readonly List<Task> _watches = [];
    private readonly CancellationTokenSource _died = new();
    private readonly CancellationTokenSource _stopping;
    private Daemon? _coordinator;

    private LocalFarm(CancellationToken cancellationToken) =>
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

    /// <summary>The coordinator's HTTP API.</summary>
    public Uri Api { get; private set; } = null!;

    /// <summary>The coordinator's cluster address, HOST:PORT.</summary>
    public string Cluster { get; private set; } = null!;

    /// <summary>Cancelled when the coordinator or the last worker has died.</summary>
    public CancellationToken Died => _died.Token;

    /// <summary>Who died and its last words; null while the farm works.</summary>
    public string? ExitReason { get; private set; }

    /// <summary>Starts everything and waits until every worker has joined.</summary>
    /// <param name="modelFolder">The workers' model.</param>
    /// <param name="workers">How many workers.</param>
    /// <param name="cancellationToken">Ends the start; when it is cancelled later, daemons that end are not reported.</param>
    /// <exception cref="IOException">One ended before it was ready.</exception>
    public static async Task<LocalFarm> Start(string modelFolder, int workers, CancellationToken cancellationToken)
    {
        var farm = new LocalFarm(cancellationToken);
        try
        {
            farm._coordinator = farm.Launch("Coordinator", "coordinator", "--cluster-port", "0", "--http-port", "0");
            var ready = await farm._coordinator.Ready(cancellationToken);
            (farm.Api, farm.Cluster) = (new Uri(ready["http"]), ready["cluster"]);
            for (var number = 1; number <= workers; number++)
                farm.LaunchWorker($"worker-{number}", modelFolder);
            await Task.WhenAll(farm._workers.Select(worker => worker.Ready(cancellationToken)));
            farm._watches.AddRange(farm._workers.Append(farm._coordinator).Select(farm.Watch));
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
        await _stopping.CancelAsync();
        foreach (var worker in _workers)
            await worker.DisposeAsync();
        if (_coordinator is not null)
            await _coordinator.DisposeAsync();
        await Task.WhenAll(_watches);
        Directory.Delete(_data, recursive: true);
        _died.Dispose();
        _stopping.Dispose();
    }

    private void LaunchWorker(string name, string modelFolder) =>
        _workers.Add(Launch("Worker", name, "--join", Cluster, "--model", modelFolder, "--name", name));

    private Daemon Launch(string project, string name, params string[] arguments) =>
        Daemon.Start(project, name, Path.Combine(_data, name), arguments);

    /// <summary>Says when a daemon ends by itself; the farm has died with the coordinator or the last worker.</summary>
    private async Task Watch(Daemon daemon)
    {
        await daemon.Exited;
        if (_stopping.IsCancellationRequested)
            return;
        await Console.Error.WriteLineAsync(daemon.ExitReason());
        if (daemon != _coordinator && _workers.Any(worker => !worker.Exited.IsCompleted))
            return;
        ExitReason = $"The farm has stopped: {daemon.Name} ended.";
        await _died.CancelAsync();
    }
}
