using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using MlxVideo.Shared.Security;

namespace MlxVideo.Worker.Peers;

/// <summary>Mutual TLS between workers: each side must be a worker of the same farm.</summary>
internal static class PeerTls
{
    /// <summary>Returns the configuration of a worker's blob server; null for plain HTTP.</summary>
    /// <param name="credentials">The worker's credentials; null on loopback or on a trusted network.</param>
    public static Action<ListenOptions>? ServerFor(WorkerCredentials? credentials, TimeProvider time)
    {
        if (credentials is null)
            return null;
        var rules = credentials.RulesForPeers(time);
        return endpoint => endpoint.UseHttps(https =>
        {
            https.SslProtocols = FarmTls.Protocols;
            https.ServerCertificateSelector = (_, _) => credentials.Current.Certificate;
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (certificate, _, _) => rules.FindFault(certificate, FarmRole.Worker) is null;
        });
    }

    /// <summary>Creates a client of other workers' blob servers.</summary>
    /// <param name="credentials">The worker's credentials; null on loopback or on a trusted network.</param>
    public static HttpClient NewClient(WorkerCredentials? credentials, TimeSpan connectTimeout, TimeProvider time) => new(
        credentials is null
            ? new SocketsHttpHandler { ConnectTimeout = connectTimeout, AllowAutoRedirect = false }
            : FarmTls.HandlerFor(credentials.RulesForPeers(time), () => credentials.Current, connectTimeout, FarmRole.Worker))
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
