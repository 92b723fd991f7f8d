using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MlxVideo.Cli.LocalFarms;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands;
using MlxVideo.Simulation.Farms;

namespace MlxVideo.Benchmarks.Load;

/// <summary>A real coordinator with many workers whose engines are timers; several workers share a process.</summary>
internal sealed class LoadFarm : IAsyncDisposable
{
    /// <summary>So fast that the coordinator, not the simulated Macs, limits the throughput.</summary>
    private const string TimeLapse = "1000";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    private readonly string _root = Directory.CreateTempSubdirectory("mlx-video-load-").FullName;
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly List<Daemon> _workers = [];
    private Daemon _coordinator = null!;
    private Uri _api = null!;
    private string _cluster = null!;

    private LoadFarm()
    {
    }

    /// <summary>A client of the coordinator's API.</summary>
    public FarmClient Client => new(_http, _api);

    /// <summary>Process id of the coordinator.</summary>
    public int CoordinatorProcess => _coordinator.ProcessId;

    /// <summary>Starts the coordinator and the workers, and waits until all workers have joined.</summary>
    public static async Task<LoadFarm> StartAsync(int workers, int processes)
    {
        var farm = new LoadFarm();
        try
        {
            var ready = await farm.StartCoordinatorAsync("0", "0");
            (farm._api, farm._cluster) = (new Uri(ready["http"]), ready["cluster"]);
            farm.StartWorkers(workers, processes);
            if (await farm.UntilWorkersAsync(workers) is null)
                throw new IOException($"Not all of the {workers} workers joined within {Patience.TotalMinutes:0} minutes.");
            return farm;
        }
        catch
        {
            await farm.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills the coordinator and waits for its end.</summary>
    public async Task KillCoordinatorAsync()
    {
        using var process = Process.GetProcessById(_coordinator.ProcessId);
        process.Kill();
        await _coordinator.Exited;
        await _coordinator.DisposeAsync();
    }

    /// <summary>Starts the coordinator again, with the same ports and data folder, and waits until it is ready.</summary>
    public Task RestartCoordinatorAsync() => StartCoordinatorAsync(_cluster.Split(':')[^1], $"{_api.Port}");

    /// <summary>Waits until this number of workers is in the farm.</summary>
    /// <returns>The time; null when the workers did not join in time.</returns>
    public async Task<TimeSpan?> UntilWorkersAsync(int count)
    {
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < Patience)
        {
            try
            {
                if ((await Client.GetFarmAsync(CancellationToken.None)).Workers.Count == count)
                    return Stopwatch.GetElapsedTime(began);
            }
            catch (FarmApiException ex) when (ex.IsTransient)
            {
                // It is starting or busy.
            }

            await Task.Delay(Glance);
        }

        return null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers)
            await worker.DisposeAsync();
        if (_coordinator is not null)
            await _coordinator.DisposeAsync();
        _http.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private async Task<IReadOnlyDictionary<string, string>> StartCoordinatorAsync(string clusterPort, string httpPort)
    {
        _coordinator = Daemon.Start(
            "Coordinator", "coordinator", Path.Combine(_root, "coordinator"), "--cluster-port", clusterPort, "--http-port", httpPort);
        return await _coordinator.ReadyAsync(CancellationToken.None).WaitAsync(Patience);
    }

    private void StartWorkers(int workers, int processes)
    {
        var macs = ReferenceFarms.Macs(workers);
        var file = Path.Combine(_root, "farm.json");
        File.WriteAllText(file, JsonSerializer.Serialize(macs.Select(mac => new
        {
            name = mac.Name,
            memory_gb = mac.MemoryGb,
            teraflops = mac.TeraflopsPerSecond,
            disk_gb_per_second = mac.DiskGbPerSecond,
            link_gbit = mac.LinkGbit,
        })));
        foreach (var group in macs.Select((mac, index) => (mac.Name, Process: index % processes)).GroupBy(mac => mac.Process))
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"workers-{group.Key + 1}");
            _workers.Add(Daemon.Start(
                "TimedWorker", name, Path.Combine(_root, name),
                ["--join", _cluster, "--farm", file, "--time-lapse", TimeLapse, .. group.SelectMany(mac => new[] { "--name", mac.Name })]));
        }
    }
}
