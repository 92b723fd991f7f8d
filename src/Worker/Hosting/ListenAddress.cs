using System.Net;
using System.Net.Sockets;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Cluster.Hosting;

namespace MlxVideo.Worker.Hosting;

/// <summary>The address that a worker listens on.</summary>
internal static class ListenAddress
{
    /// <summary>Selects this machine's address on the coordinator's network.</summary>
    public const string Auto = "auto";

    /// <summary>Resolves <see cref="WorkerOptions.Listen"/>.</summary>
    /// <param name="hasCertificate">True when the worker's connections are encrypted.</param>
    /// <exception cref="InvalidConfigurationException">The address needs a certificate.</exception>
    public static async Task<IPAddress> ChooseAsync(
        WorkerOptions options, JoinAddress join, bool hasCertificate, CancellationToken cancellationToken)
    {
        var address = options.Listen == Auto
            ? LocalAddressFor((await join.ResolveAsync(cancellationToken))[0])
            : IPAddress.Parse(options.Listen);
        return hasCertificate || ListenRule.AllowsPlainText(address, options.TrustedNetwork, Console.Error)
            ? address
            : throw new InvalidConfigurationException(
                $"Joining the farm at {join} from {address} needs a certificate: run './mlx-video farm token' on the coordinator's machine "
                + "and add --token with its token.");
    }

    /// <summary>Returns the address from which this machine reaches another one. Nothing is sent.</summary>
    private static IPAddress LocalAddressFor(IPEndPoint remote)
    {
        using var socket = new Socket(remote.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Connect(remote);
            return ((IPEndPoint)socket.LocalEndPoint!).Address;
        }
        catch (SocketException ex)
        {
            throw new IOException(
                $"This machine has no network connection to {remote.Address} ({ex.Message}): connect it, or select its address with "
                + "--listen.", ex);
        }
    }
}
