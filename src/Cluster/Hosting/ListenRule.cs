using System.Net;

namespace MlxVideo.Cluster.Hosting;

/// <summary>Which addresses a daemon may listen on.</summary>
public static class ListenRule
{
    /// <summary>Loopback is always allowed, other addresses only on a trusted network: the farm's traffic is not encrypted.</summary>
    /// <returns>Why the address can't be used: one sentence; null when it can.</returns>
    public static string? Check(string listen, bool trustedNetwork)
    {
        if (!IPAddress.TryParse(listen, out var address))
            return $"--listen {listen} is not an IP address; use one of this machine's, such as 192.168.1.10.";
        return IPAddress.IsLoopback(address) || trustedNetwork
            ? null
            : $"--listen {address} can be reached by other machines, and the farm's traffic is not encrypted yet: add --trusted-network if "
                + "you "
                + "trust every machine on that network, or stay on 127.0.0.1 and use a tunnel.";
    }
}
