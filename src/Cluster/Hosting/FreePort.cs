using System.Net;
using System.Net.Sockets;

namespace MlxVideo.Cluster.Hosting;

/// <summary>Checks a port before the transport binds it, because the transport would report a long chain of nested exceptions.</summary>
public static class FreePort
{
    /// <summary>Throws unless the port can be bound; port 0 is always valid.</summary>
    /// <exception cref="IOException">The port can't be bound; the message is a sentence for the user.</exception>
    public static void Require(IPAddress address, int port, string option)
    {
        using var listener = new TcpListener(address, port);
        try
        {
            listener.Start();
        }
        catch (SocketException ex)
        {
            throw new IOException(
                $"Can't listen on {address}:{port} ({ex.Message}); choose another port with {option}, or 0 for a free one.", ex);
        }
    }
}
