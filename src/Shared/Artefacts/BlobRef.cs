using System.ComponentModel.DataAnnotations;
using ProtoBuf;

namespace MlxVideo.Shared.Artefacts;

/// <summary>Reference to a blob by content.</summary>
/// <param name="Digest">SHA-256 of the content as 64 lower-case hexadecimal digits.</param>
/// <param name="Length">Number of bytes.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record BlobRef(
    [property: ProtoMember(1), RegularExpression(BlobRef.DigestPattern)] string Digest, [property: ProtoMember(2)] long Length)
{
    /// <summary>Regular expression of a digest.</summary>
    public const string DigestPattern = "^[0-9a-f]{64}$";

    /// <summary>True for 64 lower-case hexadecimal digits.</summary>
    public static bool IsDigest(string? text) =>
        text is { Length: 64 } && text.All(character => character is >= '0' and <= '9' or >= 'a' and <= 'f');

    /// <summary>Computes the reference of a file.</summary>
    public static BlobRef OfFile(string path)
    {
        using var stream = File.OpenRead(path);
        return new BlobRef(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stream)), stream.Length);
    }
}
