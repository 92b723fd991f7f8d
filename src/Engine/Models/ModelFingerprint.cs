using System.Security.Cryptography;
using System.Text;

namespace MlxVideo.Engine.Models;

/// <summary>
/// Identifies a model by its content: SHA-256 over the role and content hash of each file. Equal fingerprints mean equal models,
/// wherever their files are stored and under whatever names.
/// </summary>
public static class ModelFingerprint
{
    /// <summary>
    /// Returns the fingerprint as 64 lower-case hexadecimal digits. Hashes of unchanged files are taken from <paramref name="cache"/>.
    /// </summary>
    public static string Of(ModelFolder model, ContentHashCache cache)
    {
        var lines = model.Files.Select(file => $"{file.Role} {cache.HashOf(file.Path)}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines))));
    }
}
