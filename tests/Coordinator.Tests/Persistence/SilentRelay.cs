using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace MlxVideo.Coordinator.Tests.Persistence;

/// <summary>A TCP relay to a server on loopback. It can break connections without telling the server, like a failing network.</summary>
internal sealed class SilentRelay : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<Connection> _connections = [];
    private readonly int _server;

    /// <param name="server">The server's port.</param>
    public SilentRelay(int server)
    {
        _server = server;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>The relay's port.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Number of connections that clients have opened.</summary>
    public int Accepted => _connections.Count;

    /// <summary>Number of connections that the server takes for open.</summary>
    public int Open => _connections.Count(connection => !connection.Ended.IsCompleted);

    /// <summary>Resets the clients' side of all connections.</summary>
    public void Break()
    {
        foreach (var connection in _connections)
            connection.Break();
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var connection in _connections)
            connection.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _connections.Enqueue(new Connection(await _listener.AcceptTcpClientAsync(), _server));
        }
        catch (Exception ex) when (ex is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private sealed class Connection : IDisposable
    {
        private readonly TcpClient _client;
        private readonly TcpClient _server;
        private volatile bool _isBroken;

        public Connection(TcpClient client, int server)
        {
            (_client, _server) = (client, new TcpClient("127.0.0.1", server));
            _ = SendAsync(_client.GetStream(), _server.GetStream());
            Ended = ReceiveAsync(_server.GetStream(), _client.GetStream());
        }

        /// <summary>Completes when the server has closed its side.</summary>
        public Task Ended { get; }

        public void Break()
        {
            _isBroken = true;
            _client.Client.Close(timeout: 0);
        }

        public void Dispose()
        {
            _client.Dispose();
            _server.Dispose();
        }

        private async Task SendAsync(NetworkStream near, NetworkStream far)
        {
            try
            {
                await near.CopyToAsync(far);
            }
            catch (Exception ex) when (ex is IOException or ObjectDisposedException)
            {
                // Closed or broken.
            }

            if (!_isBroken)
                _server.Dispose();
        }

        private async Task ReceiveAsync(NetworkStream far, NetworkStream near)
        {
            var buffer = new byte[8192];
            try
            {
                while (await far.ReadAsync(buffer) is > 0 and var count)
                {
                    if (!_isBroken)
                        await near.WriteAsync(buffer.AsMemory(0, count));
                }
            }
            catch (Exception ex) when (ex is IOException or ObjectDisposedException)
            {
                // Closed or broken.
            }

            _client.Dispose();
        }
    }
}
