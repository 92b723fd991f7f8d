using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace MlxVideo.Shared.Security;

/// <summary>TLS settings of the farm's HTTP connections.</summary>
public static class FarmTls
{
    /// <summary>TLS 1.3, or 1.2 where the peer's system lacks it.</summary>
    public const SslProtocols Protocols = SslProtocols.Tls13 | SslProtocols.Tls12;

    /// <summary>Maximum time for which a connection is used again.</summary>
    private static readonly TimeSpan LongestConnection = TimeSpan.FromMinutes(10);

    /// <summary>Maximum size of a response's headers in KiB.</summary>
    private const int MaxResponseHeaders = 16;

    /// <summary>
    /// Creates a handler that talks only to the coordinator, or only to the workers, of one farm. The server's role in its certificate is
    /// checked, not its name: the farm's authority issues certificates only to its own members, and a Mac's address changes with its
    /// network.
    /// </summary>
    /// <param name="rules">The rules of the farm.</param>
    /// <param name="identity">Returns the client's certificate; null for clients that have none.</param>
    /// <param name="connectTimeout">Maximum time to connect.</param>
    /// <param name="server">The required role of the server.</param>
    public static SocketsHttpHandler HandlerFor(
        PeerRules rules, Func<FarmIdentity>? identity, TimeSpan connectTimeout, FarmRole server = FarmRole.Coordinator)
    {
        var handler = NewHandler(connectTimeout);
        handler.SslOptions.RemoteCertificateValidationCallback =
            (_, certificate, _, _) => rules.FindFault(certificate as X509Certificate2, server) is null;
        if (identity is null)
            return handler;
        handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => identity().Certificate;
        // A connection keeps its certificate: it must end well before a certificate expires that was due for renewal when it began.
        var share = (identity().Expires - identity().RenewAt) / 4;
        handler.PooledConnectionLifetime = share < LongestConnection ? share : LongestConnection;
        return handler;
    }

    /// <summary>
    /// Creates a handler that accepts any server. It serves only to download the farm's authority, which is compared with a known
    /// fingerprint afterwards.
    /// </summary>
    internal static SocketsHttpHandler UnverifiedHandler(TimeSpan connectTimeout)
    {
        var handler = NewHandler(connectTimeout);
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        return handler;
    }

    private static SocketsHttpHandler NewHandler(TimeSpan connectTimeout) => new()
    {
        ConnectTimeout = connectTimeout,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        MaxResponseHeadersLength = MaxResponseHeaders,
        UseCookies = false,
        SslOptions = new SslClientAuthenticationOptions { EnabledSslProtocols = Protocols },
    };
}
