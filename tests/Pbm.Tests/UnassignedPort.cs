using System.Net;
using System.Net.Sockets;

namespace MlxVideo.Pbm.Tests;

/// <summary>TCP ports below those that the system assigns, so that no other test gets one before its program opens it.</summary>
public static class UnassignedPort
{
    private const int First = 10_000;
    private const int Last = 30_000;

    /// <summary>Returns a port of loopback that is free.</summary>
    public static int Find()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, Last);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // In use: another one is tried.
            }
        }
    }
}
