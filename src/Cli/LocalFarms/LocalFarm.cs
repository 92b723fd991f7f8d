using System.Globalization;
using MlxVideo.Engine.Diagnostics;

namespace MlxVideo.Cli.LocalFarms;

/// <summary>
/// A coordinator and workers as separate processes on loopback, with free ports and a temporary data folder. They end when this object is
/// disposed or this process is killed.
/// </summary>
public sealed class LocalFarm : IAsyncDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("mlx-video-farm-").FullName;
    /// <summary>The rest is for activations.</summary>
    private const double ShareOfWeights = 0.7;

    private readonly List<Daemon> _workers = [];
    private readonly List<Task> _watches = [];
    private readonly CancellationTokenSource _died = new();
    private readonly CancellationTokenSource _stopping;
    private Daemon? _coordinator;

    private LocalFarm(CancellationToken cancellationToken) =>
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

    /// <summary>Address of the coordinator's HTTP API.</summary>
    public Uri Api { get; private set; } = null!;

    /// <summary>The coordinator's cluster address, HOST:PORT.</summary>
    public string Cluster { get; private set; } = null!;

    /// <summary>Cancelled when the coordinator or the last worker has ended unexpectedly.</summary>
    public CancellationToken Died => _died.Token;

    /// <summary>The reason why the farm has stopped; null while it is working.</summary>
    public string? ExitReason { get; private set; }

    /// <summary>Starts all daemons and waits until every worker has joined.</summary>
    /// <param name="workers">Number of workers.</param>
    /// <param name="memory">Bytes of the device, which the workers share.</param>
    /// <param name="settings">Device, dtype and kernels of the workers.</param>
    /// <param name="cancellationToken">Cancels the start; once cancelled, ended daemons are not reported.</param>
    /// <exception cref="IOException">A daemon ended before it was ready.</exception>
    public static async Task<LocalFarm> StartAsync(
        string modelFolder, int workers, TestedSettings settings, long memory, CancellationToken cancellationToken)
    {
        // Each worker would plan with the whole memory of the machine.
        var share = (memory * ShareOfWeights / workers / (1L << 30)).ToString("0.###", CultureInfo.InvariantCulture);
        var farm = new LocalFarm(cancellationToken);
        try
        {
            farm._coordinator = farm.Launch("Coordinator", "coordinator", "--cluster-port", "0", "--http-port", "0");
            var ready = await farm._coordinator.ReadyAsync(cancellationToken);
            (farm.Api, farm.Cluster) = (new Uri(ready["http"]), ready["cluster"]);
            for (var number = 1; number <= workers; number++)
                farm.LaunchWorker($"worker-{number}", modelFolder, settings, share);
            await Task.WhenAll(farm._workers.Select(worker => worker.ReadyAsync(cancellationToken)));
            farm._watches.AddRange(farm._workers.Append(farm._coordinator).Select(farm.WatchAsync));
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

    private void LaunchWorker(string name, string modelFolder, TestedSettings settings, string weightMemory) =>
        _workers.Add(Launch(
            "Worker", name, "--join", Cluster, "--model", modelFolder, "--name", name, "--device", settings.Device, "--dtype",
            settings.Dtype, "--kernels", settings.Kernels, "--weight-memory", weightMemory));

    private Daemon Launch(string project, string name, params string[] arguments) =>
        Daemon.Start(project, name, Path.Combine(_data, name), arguments);

    /// <summary>Reports a daemon that ends unexpectedly. Without the coordinator or any worker, the farm has stopped.</summary>
    private async Task WatchAsync(Daemon daemon)
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
