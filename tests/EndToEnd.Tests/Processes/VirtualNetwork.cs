using System.Diagnostics;
using System.Globalization;

namespace MlxVideo.EndToEnd.Tests.Processes;

/// <summary>
/// A network of hosts on this machine: network namespaces whose cables end in a bridge, to which this machine belongs as well. Requires
/// Linux, root and <c>ip</c>.
/// </summary>
internal sealed class VirtualNetwork : IDisposable
{
    private static int _count;

    private readonly string _name;
    private readonly string _prefix;
    private readonly List<VirtualHost> _hosts = [];

    private VirtualNetwork()
    {
        // Derived from the process, because tests of several checkouts may run at the same time, as do several tests of this process. The
        // name of a host's cable has at most 15 characters.
        var number = Interlocked.Increment(ref _count);
        _name = string.Create(CultureInfo.InvariantCulture, $"mlxv{Environment.ProcessId % 100_000}n{number % 100}");
        _prefix = string.Create(CultureInfo.InvariantCulture, $"10.{100 + (number % 100)}.{Environment.ProcessId % 256}.");
    }

    /// <summary>This machine's address.</summary>
    public string NearAddress => $"{_prefix}1";

    /// <summary>The hosts; there is at least one.</summary>
    public IReadOnlyList<VirtualHost> Hosts => _hosts;

    /// <summary>Creates a network with one host; null when that is not possible here.</summary>
    public static VirtualNetwork? TryCreate()
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var network = new VirtualNetwork();
        string[][] steps =
        [
            ["link", "add", network._name, "type", "bridge"],
            ["addr", "add", $"{network.NearAddress}/24", "dev", network._name],
            ["link", "set", network._name, "up"],
        ];
        if (steps.All(step => Ip(step) == 0) && network.TryAddHost() is not null)
            return network;
        network.Dispose();
        return null;
    }

    /// <summary>Adds a host.</summary>
    public VirtualHost AddHost()
    {
        var host = TryAddHost();
        Assert.NotNull(host);
        return host;
    }

    /// <summary>Separates this machine from all hosts, which still reach each other.</summary>
    public void SeparateFromHosts()
    {
        foreach (var host in _hosts)
        {
            host.LoseWhatItSendsTo(NearAddress);
            // What is sent to a hardware address that nobody has is lost.
            Assert.Equal(0, Ip("neigh", "replace", host.Address, "lladdr", VirtualHost.NobodysAddress, "dev", _name, "nud", "permanent"));
        }
    }

    /// <summary>Ends <see cref="SeparateFromHosts"/>.</summary>
    public void ConnectToHosts()
    {
        foreach (var host in _hosts)
        {
            host.DeliverWhatItSendsTo(NearAddress);
            Assert.Equal(0, Ip("neigh", "del", host.Address, "dev", _name));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var host in _hosts)
            host.Dispose();
        Ip("link", "del", _name);
    }

    /// <summary>Runs <c>ip</c>.</summary>
    /// <returns>Its exit code; -1 when it is not installed.</returns>
    public static int Ip(params string[] arguments)
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
            return -1;
        }
    }

    private VirtualHost? TryAddHost()
    {
        var number = _hosts.Count + 1;
        var name = string.Create(CultureInfo.InvariantCulture, $"{_name}h{number}");
        var address = string.Create(CultureInfo.InvariantCulture, $"{_prefix}{number + 1}");
        if (VirtualHost.TryCreate(name, address, bridge: _name) is not { } host)
            return null;
        _hosts.Add(host);
        return host;
    }
}

/// <summary>A test that needs other hosts; skipped with a reason where none can be created.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class VirtualNetworkFactAttribute : FactAttribute
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
