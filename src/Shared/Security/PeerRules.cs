using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MlxVideo.Shared.Security;

/// <summary>
/// The rules for the certificates of peers, used for every TLS connection of a farm: HTTP and cluster, client and server.
/// </summary>
/// <param name="authority">The farm's certificate authority.</param>
/// <param name="isRevoked">True for a certificate that the farm has revoked.</param>
public sealed class PeerRules(X509Certificate2 authority, Func<X509Certificate2, bool> isRevoked, TimeProvider time)
{
    /// <summary>Extended key usage of servers.</summary>
    internal const string ServerUse = "1.3.6.1.5.5.7.3.1";

    /// <summary>Extended key usage of clients.</summary>
    internal const string ClientUse = "1.3.6.1.5.5.7.3.2";

    /// <summary>The farm's certificate authority.</summary>
    public X509Certificate2 Authority => authority;

    /// <summary>Checks the certificate of a peer.</summary>
    /// <param name="certificate">The peer's certificate; null when it sent none.</param>
    /// <param name="roles">Accepted roles; any role when empty.</param>
    /// <returns>The reason why the peer is refused, as part of a sentence; null when it is accepted.</returns>
    public string? FindFault(X509Certificate2? certificate, params FarmRole[] roles)
    {
        if (certificate is null)
            return "it has no certificate";
        if (FarmMember.Of(certificate) is not { } member)
            return "its certificate is not one of a farm";
        if (FindChainFault(certificate) is { } fault)
            return fault;
        if (isRevoked(certificate))
            return $"the certificate of the {Text(member)} was revoked";
        return roles.Length == 0 || roles.Contains(member.Role) ? null : $"the {Text(member)} must not act as the {Text(roles[0])}";
    }

    private static string Text(FarmMember member) => $"{Text(member.Role)} {member.Id}";

    private static string Text(FarmRole role) => role == FarmRole.Worker ? "worker" : "coordinator";

    private string? FindChainFault(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // the farm has its own list
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().LocalDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerUse));
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientUse));
        if (chain.Build(certificate))
            return null;
        var status = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, each) => all | each.Status);
        return status == X509ChainStatusFlags.NotTimeValid
            ? "its certificate is expired or not yet valid (or this machine's clock is wrong)"
            : $"its certificate is not one of this farm ({status})";
    }
}
