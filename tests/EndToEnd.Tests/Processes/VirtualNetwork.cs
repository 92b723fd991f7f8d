using System.Diagnostics;
using System.Globalization;
using MlxVideo.Cli;
using MlxVideo.Cli.Files;

namespace MlxVideo.EndToEnd.Tests.Processes;

/// <summary>
/// A second host on this machine: a network namespace behind a veth pair that can be disconnected. Requires Linux, root and
/// <c>ip</c>.
/// </summary>
internal sealed class VirtualNetwork : IDisposable
{
    /// <summary>This side's address.</summary>
    public const string NearAddress = "10.213.77.1";

    /// <summary>The second host's address.</summary>
    public const string FarAddress = "10.213.77.2";

    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"mlxv{Environment.ProcessId % 100_000}");
    private readonly List<Process> _processes = [];

    private VirtualNetwork()
    {
    }

    private string Cable => $"{_name}a";

    /// <summary>Creates a network; null when that is not possible here.</summary>
    public static VirtualNetwork? TryCreate()
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var network = new VirtualNetwork();
        string[][] steps =
        [
            ["netns", "add", network._name],
            ["link", "add", network.Cable, "type", "veth", "peer", "name", "eth0", "netns", network._name],
            ["addr", "add", $"{NearAddress}/30", "dev", network.Cable],
            ["link", "set", network.Cable, "up"],
            ["-n", network._name, "addr", "add", $"{FarAddress}/30", "dev", "eth0"],
            ["-n", network._name, "link", "set", "eth0", "up"],
            ["-n", network._name, "link", "set", "lo", "up"],
        ];
        if (steps.All(step => Ip(step) == 0))
            return network;
        network.Dispose();
        return null;
    }

    /// <summary>Starts a worker on the second host.</summary>
    /// <param name="folder">The worker's data folder.</param>
    /// <param name="coordinator">The coordinator's cluster address.</param>
    /// <param name="model">The worker's model folder.</param>
    public Process StartWorker(string name, string folder, string coordinator, string model)
    {
        FastDetection.Write(folder);
        string[] arguments =
        [
            "netns", "exec", _name, Installation.Dotnet, Installation.Daemon("Worker"), "--join", coordinator, "--listen", FarAddress,
            "--trusted-network",
            "--data", folder, "--name", name, "--model", model, "--parent-pid", $"{Environment.ProcessId}",
        ];
        var process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _processes.Add(process);
        _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null);
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        return process;
    }

    /// <summary>Disconnects the second host; connections stay open, but nothing arrives.</summary>
    public void Disconnect() => Assert.Equal(0, Ip("link", "set", Cable, "down"));

    /// <summary>Reconnects the second host.</summary>
    public void Connect() => Assert.Equal(0, Ip("link", "set", Cable, "up"));

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }

        Ip("link", "del", Cable);
        Ip("netns", "del", _name);
    }

    private static int Ip(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1; // the program is not installed
        }
    }
}

/// <summary>A test that needs a second host; skipped with a reason where none can be created.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class VirtualNetworkFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> IsPossible = new(() =>
    {
        using var network = VirtualNetwork.TryCreate();
        return network is not null;
    });

    public VirtualNetworkFactAttribute()
    {
        if (!IsPossible.Value)
            Skip = "No network namespace can be created here: this requires Linux, root and the program 'ip' (package iproute2).";
    }
}
