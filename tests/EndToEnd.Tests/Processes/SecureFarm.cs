using MlxVideo.Cli.LocalFarms;
using MlxVideo.Cli.Tests;

namespace MlxVideo.EndToEnd.Tests.Processes;

/// <summary>A coordinator with certificates and its workers, as real processes, with the files of an operator.</summary>
public sealed class SecureFarm : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly List<Daemon> _daemons = [];

    /// <summary>All files of the farm.</summary>
    public TemporaryFolder Folder { get; } = new();

    /// <summary>Address of the coordinator's API.</summary>
    public string Api { get; private set; } = null!;

    /// <summary>Environment of the operator's programs: their files are in <see cref="Folder"/>.</summary>
    public IReadOnlyDictionary<string, string?> OperatorEnvironment => new Dictionary<string, string?>
    {
        ["XDG_CONFIG_HOME"] = Folder["config"],
        ["HOME"] = Folder["home"],
    };

    /// <summary>Creates the farm's certificates and starts its coordinator.</summary>
    /// <param name="listen">Address of the coordinator.</param>
    /// <param name="settings">Configuration of the coordinator.</param>
    /// <param name="project">Project of the coordinator's program.</param>
    public async Task StartCoordinatorAsync(
        string listen, IReadOnlyDictionary<string, string>? settings = null, string project = "Coordinator")
    {
        (await CliAsync("farm", "init", "--data", Folder["coordinator/data"])).AssertDone();
        FastDetection.Write(Folder["coordinator/data"], settings);
        var coordinator = Start(project, "coordinator", "--listen", listen, "--cluster-port", "0", "--http-port", "0");
        Api = (await coordinator.ReadyAsync(CancellationToken.None).WaitAsync(Patience))["http"];
    }

    /// <summary>Returns the address and token that <c>farm token</c> prints.</summary>
    public async Task<JoinLine> NewLineAsync()
    {
        var result = await FarmAsync("token", "--expires", "10m");
        result.AssertDone();
        var words = result.Output.Split(' ', '\n').ToList();
        return new JoinLine(words[words.IndexOf("--join") + 1], words[words.IndexOf("--token") + 1]);
    }

    /// <summary>Starts a worker.</summary>
    /// <param name="name">Name of the worker.</param>
    /// <param name="model">The model folder.</param>
    /// <param name="line">The coordinator's address and a token.</param>
    /// <param name="withToken">False for a worker that has its certificate already.</param>
    public Daemon StartWorker(string name, string model, JoinLine line, bool withToken = true)
    {
        FastDetection.Write(Folder[$"{name}/data"]);
        return Start(
            "Worker", name,
            ["--join", line.Join, "--name", name, "--model", model, .. withToken ? new[] { "--token", line.Token } : []]);
    }

    /// <summary>Starts a daemon with a folder of its own.</summary>
    public Daemon Start(string project, string name, params string[] arguments)
    {
        var daemon = Daemon.Start(project, name, Folder[name], arguments);
        _daemons.Add(daemon);
        return daemon;
    }

    /// <summary>Waits until a daemon has been stopped, and releases it.</summary>
    public async Task EndAsync(Daemon daemon)
    {
        await daemon.Exited.WaitAsync(Patience);
        await daemon.DisposeAsync();
        _daemons.Remove(daemon);
    }

    /// <summary>Runs a farm command of the operator.</summary>
    public Task<CliResult> FarmAsync(params string[] arguments) => CliAsync(["farm", .. arguments, "--api", Api]);

    /// <summary>Runs a command of the operator.</summary>
    public Task<CliResult> CliAsync(params string[] arguments) => CliProcess.RunAsync(OperatorEnvironment, arguments);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var daemon in _daemons)
            await daemon.DisposeAsync();
        Folder.Dispose();
    }
}

/// <summary>The coordinator's address and a token, with which a worker can join.</summary>
public sealed record JoinLine(string Join, string Token);
