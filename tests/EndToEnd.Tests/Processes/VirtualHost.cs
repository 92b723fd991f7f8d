using System.Diagnostics;
using System.Globalization;
using MlxVideo.Cli.Files;

namespace MlxVideo.EndToEnd.Tests.Processes;

/// <summary>A host of a <see cref="VirtualNetwork"/>, with a worker on it.</summary>
internal sealed class VirtualHost : IDisposable
{
    /// <summary>A hardware address that no host has.</summary>
    public const string NobodysAddress = "02:00:00:00:00:01";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    private readonly string _name;
    private Process? _worker;
    private string _log = null!;

    private VirtualHost(string name, string address) => (_name, Address) = (name, address);

    /// <summary>The host's address.</summary>
    public string Address { get; }

    /// <summary>The words before a command that run it on this host.</summary>
    public IReadOnlyList<string> Prefix => ["ip", "netns", "exec", _name];

    /// <summary>True while the worker's process is running.</summary>
    public bool IsWorkerRunning => _worker is { HasExited: false };

    /// <summary>The worker's output.</summary>
    public string WorkerLog => File.ReadAllText(_log);

    /// <summary>Creates a host; null when that is not possible here.</summary>
    /// <param name="name">Name of the namespace and of the cable's end at the bridge.</param>
    public static VirtualHost? TryCreate(string name, string address, string bridge)
    {
        string[][] steps =
        [
            ["netns", "add", name],
            ["link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name],
            ["link", "set", name, "master", bridge, "up"],
            ["-n", name, "addr", "add", $"{address}/24", "dev", "eth0"],
            ["-n", name, "link", "set", "eth0", "up"],
            ["-n", name, "link", "set", "lo", "up"],
        ];
        var host = new VirtualHost(name, address);
        if (steps.All(step => VirtualNetwork.Ip(step) == 0))
            return host;
        host.Dispose();
        return null;
    }

    /// <summary>Starts the worker.</summary>
    /// <param name="folder">Folder for its data and its output.</param>
    /// <param name="coordinator">The coordinator's cluster address.</param>
    /// <param name="model">The worker's model folder.</param>
    public void StartWorker(string name, string folder, string coordinator, string model)
    {
        var data = Path.Combine(folder, "data");
        FastDetection.Write(data);
        _log = Path.Combine(folder, "log");
        string[] arguments =
        [
            "-c", "log=$1; shift; exec \"$@\" > \"$log\" 2>&1", "sh", _log,
            .. Prefix, Installation.Dotnet, Installation.Daemon("Worker"), "--join", coordinator, "--listen", Address,
            "--trusted-network", "--data", data, "--name", name, "--model", model,
            "--parent-pid", Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
        ];
        _worker = Process.Start(new ProcessStartInfo("/bin/sh", arguments) { RedirectStandardInput = true });
    }

    /// <summary>Polls the worker's output for words; a file raises no reliable event.</summary>
    public async Task UntilWorkerLogsAsync(string words)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!WorkerLog.Contains(words, StringComparison.Ordinal))
        {
            Assert.True(
                TimeProvider.System.GetElapsedTime(began) < Patience, $"There is no '{words}' in the worker's output:\n{WorkerLog}");
            await Task.Delay(Glance);
        }
    }

    /// <summary>Disconnects the cable; connections stay open, but nothing arrives.</summary>
    public void Disconnect() => Assert.Equal(0, VirtualNetwork.Ip("link", "set", _name, "down"));

    /// <summary>Connects the cable again.</summary>
    public void Connect() => Assert.Equal(0, VirtualNetwork.Ip("link", "set", _name, "up"));

    /// <summary>Loses everything that this host sends to an address; the other direction and other addresses work.</summary>
    public void LoseWhatItSendsTo(string address) => Assert.Equal(
        0, VirtualNetwork.Ip("-n", _name, "neigh", "replace", address, "lladdr", NobodysAddress, "dev", "eth0", "nud", "permanent"));

    /// <summary>Ends <see cref="LoseWhatItSendsTo"/>.</summary>
    public void DeliverWhatItSendsTo(string address) =>
        Assert.Equal(0, VirtualNetwork.Ip("-n", _name, "neigh", "del", address, "dev", "eth0"));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_worker is not null)
        {
            if (!_worker.HasExited)
                _worker.Kill(entireProcessTree: true);
            _worker.WaitForExit();
            _worker.Dispose();
        }

        VirtualNetwork.Ip("link", "del", _name);
        VirtualNetwork.Ip("netns", "del", _name);
    }
}
