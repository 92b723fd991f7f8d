using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MlxVideo.Cli.Chaos.Network;

/// <summary>
/// A TCP proxy in front of a server, whose connections can be reset. It also serves as a client's HTTP proxy: requests with absolute
/// addresses are passed on unchanged, and <c>CONNECT</c> opens a tunnel to the server, whatever address it names.
/// </summary>
public sealed class DroppingProxy : IAsyncDisposable
{
    private const int BufferBytes = 1 << 16;
    private const int MaxHeaderBytes = 1 << 14;
    private static readonly byte[] EndOfHeader = "\r\n\r\n"u8.ToArray();
    private static readonly byte[] Established = "HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray();

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Connection, byte> _connections = [];
    private readonly IPEndPoint _server;
    private readonly Task _accepting;
    private int _outages;

    private DroppingProxy(IPEndPoint server)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The proxy's address as that of an HTTP server or proxy.</summary>
    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>Starts a proxy on a free port of the loopback interface.</summary>
    /// <param name="server">Address of the server; it need not be running.</param>
    public static DroppingProxy Start(IPEndPoint server) => new(server);

    /// <summary>Resets all connections, and new ones immediately until the returned object is disposed.</summary>
    /// <param name="connections">Number of reset connections.</param>
    public IDisposable BeginOutage(out int connections)
    {
        Interlocked.Increment(ref _outages);
        var open = _connections.Keys.ToList();
        foreach (var connection in open)
            connection.Reset();
        connections = open.Count;
        return new Outage(this);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        foreach (var connection in _connections.Keys)
            connection.Reset();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = new Connection(await _listener.AcceptSocketAsync(_stopping.Token));
                _connections[connection] = 0;
                if (Volatile.Read(ref _outages) > 0)
                    connection.Reset();
                _ = ServeAsync(connection);
            }
        }
        catch (Exception ex) when (ex is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The proxy is being stopped.
        }
    }

    private async Task ServeAsync(Connection connection)
    {
        try
        {
            await connection.ServeAsync(_server);
        }
        catch (Exception ex) when (ex is IOException or SocketException or ObjectDisposedException)
        {
            connection.Reset(); // each side notices that the other one is gone
        }
        finally
        {
            _connections.TryRemove(connection, out _);
            connection.Dispose();
        }
    }

    private sealed class Outage(DroppingProxy proxy) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
                Interlocked.Decrement(ref proxy._outages);
        }
    }

    /// <summary>A client's connection with the connection to the server.</summary>
    private sealed class Connection(Socket client) : IDisposable
    {
        private readonly Socket _server = new(SocketType.Stream, ProtocolType.Tcp);

        public async Task ServeAsync(IPEndPoint server)
        {
            var first = await ReadFirstAsync();
            if (first.Length == 0)
                return;
            await _server.ConnectAsync(server);
            if (IsConnectRequest(first))
                await SendAsync(client, Established);
            else
                await SendAsync(_server, first);
            await Task.WhenAll(PumpAsync(client, _server), PumpAsync(_server, client));
        }

        /// <summary>Closes both connections so that the peers see a reset instead of a regular end.</summary>
        public void Reset()
        {
            foreach (var socket in new[] { client, _server })
            {
                try
                {
                    socket.LingerState = new LingerOption(enable: true, seconds: 0);
                }
                catch (Exception ex) when (ex is SocketException or ObjectDisposedException)
                {
                    // It was never connected, or is already closed.
                }

                socket.Dispose();
            }
        }

        public void Dispose()
        {
            client.Dispose();
            _server.Dispose();
        }

        /// <summary>Reads what arrives first, or the whole header of a CONNECT request.</summary>
        private async Task<byte[]> ReadFirstAsync()
        {
            var buffer = new byte[MaxHeaderBytes];
            var count = 0;
            do
            {
                var read = await client.ReceiveAsync(buffer.AsMemory(count));
                if (read == 0)
                    return [];
                count += read;
            }
            while (IsConnectRequest(buffer.AsSpan(0, count)) && buffer.AsSpan(0, count).IndexOf(EndOfHeader) < 0 && count < buffer.Length);
            return buffer[..count];
        }

        private static bool IsConnectRequest(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Encoding.ASCII.GetBytes("CONNECT "));

        private static async Task PumpAsync(Socket from, Socket to)
        {
            var buffer = new byte[BufferBytes];
            for (int count; (count = await from.ReceiveAsync(buffer)) > 0;)
                await SendAsync(to, buffer.AsMemory(0, count));
            to.Shutdown(SocketShutdown.Send);
        }

        private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
        {
            while (bytes.Length > 0)
                bytes = bytes[await socket.SendAsync(bytes)..];
        }
    }
}
