using System.Globalization;
using MlxVideo.Cli.Chaos.Network;
using MlxVideo.Cli.Chaos.Plan;

namespace MlxVideo.Cli.Chaos.Injection;

/// <summary>Dropped connections.</summary>
internal sealed class ConnectionFaults(TimeProvider time)
{
    /// <summary>Resets the connections of a proxy, and new ones for the fault's duration.</summary>
    public async Task<FaultOutcome> DropAsync(DroppingProxy proxy, Fault fault, CancellationToken cancellationToken)
    {
        using (proxy.BeginOutage(out var connections))
        {
            await Task.Delay(fault.Duration, time, cancellationToken);
            return FaultOutcome.Injected(
                string.Create(CultureInfo.InvariantCulture, $"{connections} connections, outage of {fault.Duration.TotalSeconds:0.0} s"));
        }
    }

    /// <summary>Resets the connections between the cluster's nodes.</summary>
    public static async Task<FaultOutcome> DropClusterAsync(int port, CancellationToken cancellationToken) =>
        await ClusterConnections.ResetAsync(port, cancellationToken) is > 0 and var sockets
            ? FaultOutcome.Injected($"{sockets} sockets")
            : FaultOutcome.Skipped("there is no connection, or the system does not allow closing it (requires Linux, root and 'ss -K')");
}
