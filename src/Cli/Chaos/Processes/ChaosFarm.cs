using System.Net;
using System.Text.Json;
using MlxVideo.Cli.Chaos.Network;
using MlxVideo.Cli.LocalFarms;

namespace MlxVideo.Cli.Chaos.Processes;

/// <summary>
/// A coordinator and workers as supervised processes on loopback, with data folders that survive their restarts. Each worker, and the
/// clients together, reach the coordinator's HTTP API through a proxy of their own.
/// </summary>
public sealed class ChaosFarm : IAsyncDisposable
{
    /// <summary>Name of the daemons' configuration file.</summary>
    private const string SettingsFile = "appsettings.json";

    private const string WeightGibibytes = "0.25"; // far more than the tiny model needs

    /// <summary>Lost nodes are detected in 8 s instead of 20 s: a run contains more of the situations that follow.</summary>
    private static readonly IReadOnlyDictionary<string, string> FastDetection = new Dictionary<string, string>
    {
        ["Cluster:HeartbeatPause"] = "00:00:05",
        ["Cluster:DownAfter"] = "00:00:03",
        ["Farm:Lease"] = "00:00:08",
        ["WorkerProtocol:Heartbeat"] = "00:00:01",
        ["WorkerProtocol:HelloInterval"] = "00:00:01",
    };

    private readonly string _root;
    private readonly TimeProvider _time;
    private readonly List<SupervisedDaemon> _workers = [];
    private readonly List<DroppingProxy> _proxies = [];

    private ChaosFarm(string root, TimeProvider time) => (_root, _time) = (root, time);

    /// <summary>The coordinator.</summary>
    public SupervisedDaemon Coordinator { get; private set; } = null!;

    /// <summary>The workers in order of their numbers.</summary>
    public IReadOnlyList<SupervisedDaemon> Workers => _workers;

    /// <summary>The coordinator and the workers.</summary>
    public IEnumerable<SupervisedDaemon> Daemons => _workers.Prepend(Coordinator);

    /// <summary>Address of the coordinator's HTTP API without a proxy.</summary>
    public Uri Api { get; private set; } = null!;

    /// <summary>TCP port of the coordinator's cluster node.</summary>
    public int ClusterPort { get; private set; }

    /// <summary>The proxy between clients and the coordinator.</summary>
    public DroppingProxy ClientProxy { get; private set; } = null!;

    /// <summary>Folder for all files of the farm; also marks its processes, whose temporary folders are in it.</summary>
    public string Root => _root;

    /// <summary>Returns the proxy between a worker and the coordinator.</summary>
    /// <param name="index">Index of the worker, from 0.</param>
    public DroppingProxy ProxyOf(int index) => _proxies[index];

    /// <summary>Starts all daemons and waits until every worker has joined.</summary>
    /// <param name="root">A new folder for the farm's files.</param>
    /// <param name="model">The model folder.</param>
    /// <param name="workers">Number of workers.</param>
    /// <exception cref="IOException">A daemon ended before it was ready.</exception>
    public static async Task<ChaosFarm> StartAsync(
        string root, string model, int workers, TimeProvider time, CancellationToken cancellationToken)
    {
        var farm = new ChaosFarm(root, time);
        try
        {
            await farm.StartCoordinatorAsync(cancellationToken);
            var numbers = Enumerable.Range(1, workers);
            await Task.WhenAll(numbers.Select(number => farm.StartWorkerAsync($"worker-{number}", model, cancellationToken)).ToList());
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
        List<SupervisedDaemon> daemons = Coordinator is null ? [] : [.. Daemons];
        foreach (var daemon in daemons)
            await daemon.StopSupervisionAsync();
        // Also those without a running parent, whose open output would delay the end of their daemon's log. SIGKILL ends frozen ones too.
        foreach (var process in ProcessTable.Read().Processes.Where(process => Owns(process)))
            ProcessSignals.Kill(process.Id);
        foreach (var daemon in daemons)
            await daemon.DisposeAsync();
        foreach (var proxy in _proxies)
            await proxy.DisposeAsync();
        if (ClientProxy is not null)
            await ClientProxy.DisposeAsync();
    }

    private bool Owns(ProcessEntry process) => process.Environment.Contains(_root, StringComparison.Ordinal);

    private async Task StartCoordinatorAsync(CancellationToken cancellationToken)
    {
        Coordinator = Create("Coordinator", "coordinator", LaunchConditions.None);
        var ready = await Coordinator.StartAsync(["--cluster-port", "0", "--http-port", "0"], cancellationToken);
        Api = new Uri(ready["http"]);
        ClusterPort = IPEndPoint.Parse(ready["cluster"]).Port;
        Coordinator.RestartWith(["--cluster-port", $"{ClusterPort}", "--http-port", $"{Api.Port}"]);
        ClientProxy = DroppingProxy.Start(HttpEndPoint);
    }

    private async Task StartWorkerAsync(string name, string model, CancellationToken cancellationToken)
    {
        var proxy = DroppingProxy.Start(HttpEndPoint);
        var worker = Create("Worker", name, Through(proxy));
        lock (_workers)
        {
            _proxies.Add(proxy);
            _workers.Add(worker);
        }

        await worker.StartAsync(
            ["--join", $"127.0.0.1:{ClusterPort}", "--model", model, "--name", name, "--device", "cpu", "--dtype", "float32",
                "--kernels", "plain", "--weight-memory", WeightGibibytes],
            cancellationToken);
    }

    private IPEndPoint HttpEndPoint => IPEndPoint.Parse(Api.Authority);

    private SupervisedDaemon Create(string project, string name, LaunchConditions conditions)
    {
        var daemon = new SupervisedDaemon(project, name, Path.Combine(_root, name), conditions, _time);
        Directory.CreateDirectory(daemon.DataFolder);
        File.WriteAllText(Path.Combine(daemon.DataFolder, SettingsFile), JsonSerializer.Serialize(FastDetection));
        return daemon;
    }

    /// <summary>.NET's HTTP client uses a proxy from the environment for loopback addresses too.</summary>
    private static LaunchConditions Through(DroppingProxy proxy)
    {
        var address = proxy.Address.GetLeftPart(UriPartial.Authority);
        return new LaunchConditions(new Dictionary<string, string?>
        {
            ["http_proxy"] = address,
            ["https_proxy"] = address,
            ["all_proxy"] = null,
            ["ALL_PROXY"] = null,
            ["no_proxy"] = null,
            ["NO_PROXY"] = null,
        });
    }
}
