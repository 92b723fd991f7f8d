using System.Security.Cryptography.X509Certificates;
using MlxVideo.Shared.Security;

namespace MlxVideo.Cluster.Security;

/// <summary>Certificates of a cluster node: every connection is encrypted, and both ends prove that they belong to the farm.</summary>
/// <param name="certificate">This node's certificate with its key.</param>
/// <param name="rules">The rules for the other nodes.</param>
/// <param name="refusals">Receives refused nodes.</param>
public sealed class NodeTls(X509Certificate2 certificate, PeerRules rules, RefusalLog refusals)
{
    /// <summary>This node's certificate with its key.</summary>
    public X509Certificate2 Certificate => certificate;

    /// <summary>Receives refused nodes.</summary>
    public RefusalLog Refusals => refusals;

    /// <summary>Decides about a connection during its handshake.</summary>
    /// <param name="other">The certificate of the other end; null when it sent none.</param>
    /// <param name="peer">Address of the other end.</param>
    public bool Accepts(X509Certificate2? other, string peer)
    {
        if (rules.FindFault(other) is not { } fault)
            return true;
        refusals.Add(peer, "cluster connection", fault);
        return false;
    }
}
