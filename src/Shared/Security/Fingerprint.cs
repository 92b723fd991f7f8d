using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MlxVideo.Shared.Security;

/// <summary>SHA-256 digests that identify certificates, keys and secrets.</summary>
public static class Fingerprint
{
    /// <summary>Length in bytes.</summary>
    public const int Length = SHA256.HashSizeInBytes;

    /// <summary>Returns the digest of a certificate.</summary>
    public static byte[] Of(X509Certificate2 certificate) => SHA256.HashData(certificate.RawData);

    /// <summary>Returns the digest of a public key as hexadecimal text.</summary>
    public static string OfKey(PublicKey key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    /// <summary>
    /// Returns the digest of a random secret as hexadecimal text, in which form it is stored. The secrets have 192 random bits, so a slow
    /// password hash would add nothing.
    /// </summary>
    public static string OfSecret(ReadOnlySpan<byte> secret) => Convert.ToHexStringLower(SHA256.HashData(secret));
}
