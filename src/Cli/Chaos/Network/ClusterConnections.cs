using System.Diagnostics;
using System.Globalization;

namespace MlxVideo.Cli.Chaos.Network;

/// <summary>
/// Resets the cluster's connections, which a proxy could not do: nodes identify each other by the addresses that they listen on. Requires
/// Linux, the program <c>ss</c> (package iproute2), root, and a kernel that lets it close sockets.
/// </summary>
public static class ClusterConnections
{
    /// <summary>Resets the established connections of a port.</summary>
    /// <returns>Number of reset sockets; 0 also when the system does not allow it.</returns>
    public static async Task<int> ResetAsync(int port, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        var filter = string.Create(CultureInfo.InvariantCulture, $"( sport = :{port} or dport = :{port} )");
        var start = new ProcessStartInfo("ss", ["-K", "-H", "-t", "state", "established", filter])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var ss = Process.Start(start)!;
            var errors = ss.StandardError.ReadToEndAsync(cancellationToken);
            var killed = await ss.StandardOutput.ReadToEndAsync(cancellationToken);
            await errors;
            await ss.WaitForExitAsync(cancellationToken);
            return ss.ExitCode == 0 ? killed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length : 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return 0; // the program is not installed
        }
    }
}
