using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using MlxVideo.Cluster.Security;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Security;

namespace MlxVideo.Coordinator.Security;

/// <summary>
/// The coordinator's HTTP port: TLS, and limits on what a connection may cost before anything is known about its other end.
/// </summary>
internal sealed class ConnectionLimits(RefusalLog refusals)
{
    private const int MaxConnections = 1000;
    private const int MaxHeaders = 64;
    private const int MaxHeaderBytes = 16 << 10;
    private const int MaxRequestLineBytes = 4 << 10;

    /// <summary>Connections from one machine; a worker has a handful, and several workers may share a machine.</summary>
    private const int MaxConnectionsPerSource = 200;

    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(15);
    private static readonly object IsEncrypted = new();

    private readonly ConcurrentDictionary<string, int> _connections = new();

    /// <summary>Configures the port.</summary>
    /// <param name="tls">Certificates; null for plain HTTP.</param>
    public void Configure(KestrelServerOptions kestrel, IPAddress listen, int port, CoordinatorTls? tls)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = MaxConnections;
        kestrel.Limits.MaxRequestHeaderCount = MaxHeaders;
        kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        kestrel.Limits.MaxRequestLineSize = MaxRequestLineBytes;
        kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
        kestrel.Limits.MaxRequestBodySize = SubmitBatch.MaxBytes; // more only for blobs, after authentication
        kestrel.Listen(listen, port, endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http1; // enough for the farm, and without the costs of HTTP/2's many streams
            endpoint.Use(next => connection => LimitAsync(connection, next));
            if (tls is null)
                return;
            endpoint.Use(next => connection => WatchHandshakeAsync(connection, next));
            endpoint.UseHttps(https =>
            {
                https.ServerCertificate = tls.Identity.Certificate;
                https.SslProtocols = FarmTls.Protocols;
                https.HandshakeTimeout = HandshakeTimeout;
                // Operators have no certificate. Certificates are checked at each request, which can also explain a refusal.
                https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                https.AllowAnyClientCertificate();
            });
            endpoint.Use(next => connection =>
            {
                connection.Items[IsEncrypted] = IsEncrypted;
                return next(connection);
            });
        });
    }

    private static string SourceOf(ConnectionContext connection) => HttpSource.Of((connection.RemoteEndPoint as IPEndPoint)?.Address);

    private async Task LimitAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        // Clients of a farm on one machine may be many, and its own programs can stop it anyway.
        if (connection.RemoteEndPoint is IPEndPoint { Address: var address } && IPAddress.IsLoopback(address))
        {
            await next(connection);
            return;
        }

        var source = SourceOf(connection);
        if (_connections.AddOrUpdate(source, 1, (_, count) => count + 1) > MaxConnectionsPerSource)
        {
            refusals.Add(source, "connection", $"it has {MaxConnectionsPerSource} others");
            connection.Abort();
            Leave(source);
            return;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            Leave(source);
        }
    }

    private async Task WatchHandshakeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        try
        {
            await next(connection);
        }
        finally
        {
            if (!connection.Items.ContainsKey(IsEncrypted))
                refusals.Add(SourceOf(connection), "connection", "no TLS handshake, for example because it uses plain http");
        }
    }

    private void Leave(string source)
    {
        while (_connections.TryGetValue(source, out var count))
        {
            if (count > 1
                ? _connections.TryUpdate(source, count - 1, count)
                : _connections.TryRemove(KeyValuePair.Create(source, count)))
                return;
        }
    }
}
