using System.Net;

namespace MlxVideo.Cluster.Hosting;

/// <summary>The rule for the addresses that a daemon may listen on.</summary>
public static class ListenRule
{
    /// <summary>Allows loopback, and other addresses only on a trusted network, because the farm's traffic is not encrypted.</summary>
    /// <returns>The reason why the address is not allowed, as one sentence; null when it is allowed.</returns>
    public static string? Check(string listen, bool trustedNetwork)
    {
        if (!IPAddress.TryParse(listen, out var address))
            return $"--listen {listen} is not an IP address; use an address of this machine, such as 192.168.1.10.";
        return IPAddress.IsLoopback(address) || trustedNetwork
            ? null
            : $"--listen {address} is reachable from other machines, and the farm's traffic is not encrypted yet: add --trusted-network "
                + "if you "
                + "trust every machine on that network, or stay on 127.0.0.1 and use a tunnel.";
    }
}
