using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MlxVideo.Shared.Security;

/// <summary>A member's certificate with its private key, and the authority that issued it.</summary>
public sealed class FarmIdentity
{
    private FarmIdentity(X509Certificate2 certificate, X509Certificate2 authority) => (Certificate, Authority) = (certificate, authority);

    /// <summary>The certificate with its private key, in a form that TLS accepts on macOS, Linux and Windows.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The farm's certificate authority.</summary>
    public X509Certificate2 Authority { get; }

    /// <summary>The certificate's subject.</summary>
    public FarmMember Member => FarmMember.Of(Certificate) ?? throw new CryptographicException("This is not a certificate of a farm.");

    /// <summary>Time at which the certificate should be renewed: after two thirds of its life.</summary>
    public DateTimeOffset RenewAt => Expires - (Expires - new DateTimeOffset(Certificate.NotBefore) - FarmAuthority.ClockTolerance) / 3;

    /// <summary>Time at which the certificate expires.</summary>
    public DateTimeOffset Expires => new(Certificate.NotAfter);

    /// <summary>Combines a certificate with its key.</summary>
    /// <exception cref="CryptographicException">They don't belong together.</exception>
    public static FarmIdentity Of(X509Certificate2 certificate, ECDsa key, X509Certificate2 authority)
    {
        using var withKey = certificate.CopyWithPrivateKey(key);
        // macOS has no ephemeral keys, and elsewhere TLS does not accept them everywhere: a PKCS#12 import always gives a usable key.
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Fingerprint.Length));
        return new FarmIdentity(
            X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12, password), password, X509KeyStorageFlags.DefaultKeySet),
            authority);
    }

    /// <summary>Reads the certificate and its key from PEM text.</summary>
    /// <exception cref="CryptographicException">The text is damaged.</exception>
    public static FarmIdentity FromPem(string certificateAndKey, string authority)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(PemOf(certificateAndKey, "PRIVATE KEY"));
            using var certificate = X509Certificate2.CreateFromPem(certificateAndKey);
            return Of(certificate, key, X509Certificate2.CreateFromPem(authority));
        }
        catch (ArgumentException ex)
        {
            throw new CryptographicException("The certificate and its key can't be read.", ex);
        }
    }

    /// <summary>Returns a certificate and its key as PEM text.</summary>
    public static string ToPem(X509Certificate2 certificate, ECDsa key) =>
        new StringBuilder().Append(certificate.ExportCertificatePem()).Append('\n').Append(key.ExportPkcs8PrivateKeyPem()).Append('\n')
            .ToString();

    private static string PemOf(string text, string label)
    {
        var rest = text.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            if (rest[fields.Label].SequenceEqual(label))
                return rest[fields.Location].ToString();
            rest = rest[fields.Location.End..];
        }

        throw new CryptographicException($"There is no {label.ToLowerInvariant()}.");
    }
}
