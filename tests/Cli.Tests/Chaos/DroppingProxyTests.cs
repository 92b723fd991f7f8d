using System.Net;
using System.Net.Sockets;
using System.Text;
using MlxVideo.Cli.Chaos.Network;

namespace MlxVideo.Cli.Tests.Chaos;

public sealed class DroppingProxyTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private DroppingProxy _proxy = null!;

    public Task InitializeAsync()
    {
        _server.Start();
        _proxy = DroppingProxy.Start((IPEndPoint)_server.LocalEndpoint);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _server.Dispose();
    }

    [Fact]
    public async Task Bytes_and_the_end_of_a_connection_are_passed_on_in_both_directions()
    {
        var (client, server) = await ConnectAsync("hello");
        using (client)
        using (server)
        {
            Assert.Equal("hello", await ReadAsync(server, 5));
            await server.SendAsync("world"u8.ToArray());
            Assert.Equal("world", await ReadAsync(client, 5));
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await server.ReceiveAsync(new byte[1]).WaitAsync(Patience));
            await server.SendAsync("late"u8.ToArray());
            Assert.Equal("late", await ReadAsync(client, 4));
        }
    }

    [Fact]
    public async Task Outage_resets_open_connections_on_both_sides_and_new_ones_until_it_ends()
    {
        var (client, server) = await ConnectAsync("x");
        await ReadAsync(server, 1);
        using (_proxy.BeginOutage(out var connections))
        {
            Assert.Equal(1, connections);
            await AssertResetAsync(client);
            await AssertResetAsync(server);
            var ex = await Assert.ThrowsAsync<SocketException>(async () =>
            {
                using var refused = await DialAsync(); // fails if the reset is even faster
                await refused.ReceiveAsync(new byte[1]).WaitAsync(Patience);
            });
            Assert.Equal(SocketError.ConnectionReset, ex.SocketErrorCode);
        }

        var (again, accepted) = await ConnectAsync("y");
        using (again)
        using (accepted)
            Assert.Equal("y", await ReadAsync(accepted, 1));
    }

    [Fact]
    public async Task Http_client_uses_the_proxy_for_a_loopback_address_with_its_absolute_address()
    {
        using var http = new HttpClient(new SocketsHttpHandler { Proxy = new WebProxy(_proxy.Address) });
        var response = http.GetStringAsync(new Uri("http://127.0.0.1:1/blobs"));
        using var server = await _server.AcceptSocketAsync().WaitAsync(Patience);
        Assert.StartsWith("GET http://127.0.0.1:1/blobs", await ReadAsync(server, 28));
        await server.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray());
        Assert.Equal("ok", await response.WaitAsync(Patience));
    }

    [Fact]
    public async Task Connect_request_opens_a_tunnel()
    {
        var (client, server) = await ConnectAsync("CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: x\r\n\r\n");
        using (client)
        using (server)
        {
            Assert.StartsWith("HTTP/1.1 200", await ReadAsync(client, 39));
            await client.SendAsync("secret"u8.ToArray());
            Assert.Equal("secret", await ReadAsync(server, 6));
        }
    }

    [Fact]
    public async Task Connection_ends_when_the_server_is_away()
    {
        _server.Stop();
        using var client = await DialAsync();
        await client.SendAsync("x"u8.ToArray());
        await AssertResetAsync(client);
    }

    private async Task<(Socket Client, Socket Server)> ConnectAsync(string first)
    {
        var client = await DialAsync();
        await client.SendAsync(Encoding.ASCII.GetBytes(first));
        return (client, await _server.AcceptSocketAsync().WaitAsync(Patience));
    }

    private async Task<Socket> DialAsync()
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, _proxy.Address.Port);
        return client;
    }

    private static async Task AssertResetAsync(Socket socket)
    {
        var ex = await Assert.ThrowsAsync<SocketException>(() => socket.ReceiveAsync(new byte[1]).WaitAsync(Patience));
        Assert.Equal(SocketError.ConnectionReset, ex.SocketErrorCode);
    }

    private static async Task<string> ReadAsync(Socket socket, int count)
    {
        var buffer = new byte[count];
        for (int read, received = 0; received < count; received += read)
        {
            read = await socket.ReceiveAsync(buffer.AsMemory(received)).AsTask().WaitAsync(Patience);
            Assert.NotEqual(0, read);
        }

        return Encoding.ASCII.GetString(buffer);
    }
}
