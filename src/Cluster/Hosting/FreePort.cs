using System.Net;
using System.Net.Sockets;

namespace MlxVideo.Cluster.Hosting;

/// <summary>Tries a port before the transport does, whose complaint would be a page of causes.</summary>
public static class FreePort
{
    /// <summary>Throws unless the port can be bound; 0 always can.</summary>
    /// <exception cref="IOException">The sentence for the user.</exception>
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
                $"{address}:{port} can't be listened on ({ex.Message}); choose another port with {option}, or 0 for a free one.", ex);
        }
    }
}
