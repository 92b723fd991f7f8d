using System.Net;

namespace MlxVideo.Cluster.Hosting;

/// <summary>
/// The rule for the addresses that a daemon may listen on: loopback without certificates, any other address only with certificates or on
/// a trusted network.
/// </summary>
public static class ListenRule
{
    /// <summary>Printed at every start with <c>--trusted-network</c>.</summary>
    private const string Warning =
        "Warning: --trusted-network turns off encryption and authentication: every machine that reaches {0} can submit work, read clips "
        + "and act as a worker. Leave it out to use certificates (docs/security.md).";

    /// <summary>Checks the address itself.</summary>
    /// <returns>The fault as one sentence; null when there is none.</returns>
    public static string? Check(string listen) =>
        IPAddress.TryParse(listen, out _)
            ? null
            : $"--listen {listen} is not an IP address; use an address of this machine, such as 192.168.1.10.";

    /// <summary>True when the daemon may listen on the address without certificates. Warns when only the option allows it.</summary>
    public static bool AllowsPlainText(IPAddress address, bool trustedNetwork, TextWriter warnings)
    {
        if (trustedNetwork)
            warnings.WriteLine(Warning, address);
        return trustedNetwork || IPAddress.IsLoopback(address);
    }
}
