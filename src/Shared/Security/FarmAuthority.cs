using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MlxVideo.Shared.Security;

/// <summary>The farm's certificate authority, which issues the certificates of its coordinator and workers.</summary>
public sealed class FarmAuthority : IDisposable
{
    /// <summary>Maximum length of a certificate signing request in bytes; one for a P-256 key has about 250.</summary>
    public const int MaxRequestBytes = 4096;

    private const int SerialLength = 16;
    private const int KeyBits = 256;
    private static readonly TimeSpan Validity = TimeSpan.FromDays(3653);

    /// <summary>Certificates are valid from some time before their issue, because clocks differ.</summary>
    internal static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(10);

    private FarmAuthority(X509Certificate2 certificate, string keyPem) => (Certificate, KeyPem) = (certificate, keyPem);

    /// <summary>The certificate with its private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The private key as PEM text.</summary>
    public string KeyPem { get; }

    /// <summary>Creates an authority with a new key.</summary>
    public static FarmAuthority Create(TimeProvider time)
    {
        using var key = NewKey();
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName($"MlxVideo farm {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}");
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = time.GetUtcNow();
        return new FarmAuthority(request.CreateSelfSigned(now - ClockTolerance, now + Validity), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Reads an authority from PEM text.</summary>
    /// <exception cref="CryptographicException">The text is damaged.</exception>
    public static FarmAuthority FromPem(string certificate, string key) =>
        new(X509Certificate2.CreateFromPem(certificate, key), key);

    /// <summary>Creates a key for a certificate.</summary>
    public static ECDsa NewKey() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Creates a certificate signing request. Only its key counts; the authority decides on everything else.</summary>
    public static byte[] RequestFor(ECDsa key) =>
        new CertificateRequest(new X500DistinguishedName("CN=request"), key, HashAlgorithmName.SHA256).CreateSigningRequest();

    /// <summary>Reads the key of a signing request, whose signature proves that the sender has the private key.</summary>
    /// <exception cref="CryptographicException">The request is damaged, its signature is wrong, or its key is not on P-256.</exception>
    public static PublicKey KeyOf(byte[] signingRequest)
    {
        if (signingRequest.Length > MaxRequestBytes)
            throw new CryptographicException($"A signing request has at most {MaxRequestBytes} bytes.");
        var key = CertificateRequest.LoadSigningRequest(signingRequest, HashAlgorithmName.SHA256).PublicKey;
        using var elliptic = key.GetECDsaPublicKey();
        return elliptic?.KeySize == KeyBits ? key : throw new CryptographicException("The key of a certificate must be on curve P-256.");
    }

    /// <summary>Issues a certificate for a key.</summary>
    /// <param name="addresses">IP addresses and host names of the member, for clients that check them.</param>
    /// <param name="lifetime">Time until the certificate expires; limited by the authority's own certificate.</param>
    public X509Certificate2 Issue(
        PublicKey key, FarmMember member, IEnumerable<string> addresses, TimeSpan lifetime, TimeProvider time)
    {
        var request = new CertificateRequest(member.ToName(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        // Both uses: every node of the cluster accepts and opens connections.
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid(PeerRules.ServerUse), new Oid(PeerRules.ClientUse)], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(
            Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        if (Names(addresses) is { } names)
            request.CertificateExtensions.Add(names);
        var now = time.GetUtcNow();
        var end = new DateTimeOffset(Certificate.NotAfter);
        var start = new DateTimeOffset(Certificate.NotBefore);
        return request.Create(
            Certificate,
            now - ClockTolerance > start ? now - ClockTolerance : start,
            now + lifetime < end ? now + lifetime : end,
            SerialNumber());
    }

    /// <inheritdoc/>
    public void Dispose() => Certificate.Dispose();

    private static X509Extension? Names(IEnumerable<string> addresses)
    {
        var names = new SubjectAlternativeNameBuilder();
        var any = false;
        foreach (var address in addresses.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (IPAddress.TryParse(address, out var ip))
                names.AddIpAddress(ip);
            else if (Uri.CheckHostName(address) == UriHostNameType.Dns && address.All(char.IsAscii))
                names.AddDnsName(address);
            else
                continue;
            any = true;
        }

        return any ? names.Build() : null;
    }

    private static byte[] SerialNumber()
    {
        var serial = RandomNumberGenerator.GetBytes(SerialLength);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40); // positive, and without leading zeros
        return serial;
    }
}
