using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ProtoBuf;

namespace MlxVideo.Shared.Security;

/// <summary>
/// Proof that a hello comes from the worker with the id in it: a signature by the key of that worker's certificate over the id, the
/// epoch and the cluster node. Akka does not tell which certificate the connection of a message has.
/// </summary>
/// <param name="Certificate">The worker's certificate.</param>
/// <param name="Signature">The signature.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record HelloProof([property: ProtoMember(1)] byte[] Certificate, [property: ProtoMember(2)] byte[] Signature)
{
    private const int MaxCertificateBytes = 4096;

    /// <summary>Creates a proof.</summary>
    /// <param name="node">Cluster address of the worker's node.</param>
    public static HelloProof Create(FarmIdentity identity, string workerId, string epoch, string node)
    {
        using var key = identity.Certificate.GetECDsaPrivateKey()!;
        return new HelloProof(
            identity.Certificate.RawData, key.SignData(Statement(workerId, epoch, node), HashAlgorithmName.SHA256));
    }

    /// <summary>Checks a proof.</summary>
    /// <returns>The reason why the hello is refused, as part of a sentence; null when it is accepted.</returns>
    public string? FindFault(PeerRules rules, string workerId, string epoch, string node)
    {
        if (Certificate.Length > MaxCertificateBytes)
            return "its certificate is too large";
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(Certificate);
            if (rules.FindFault(certificate, FarmRole.Worker) is { } fault)
                return fault;
            if (FarmMember.Of(certificate)?.Id != workerId)
                return $"its certificate belongs to the worker {FarmMember.Of(certificate)?.Id}, not to {workerId}";
            using var key = certificate.GetECDsaPublicKey();
            return key?.VerifyData(Statement(workerId, epoch, node), Signature, HashAlgorithmName.SHA256) == true
                ? null
                : "its signature does not match its certificate";
        }
        catch (CryptographicException)
        {
            return "its certificate is damaged";
        }
    }

    private static byte[] Statement(string workerId, string epoch, string node) =>
        Encoding.UTF8.GetBytes(string.Join('\n', "mlx-video hello 1", workerId, epoch, node));
}
