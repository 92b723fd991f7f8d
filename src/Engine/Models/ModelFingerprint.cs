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
    public static string Of(ModelFolder model, ContentHashCache cache) =>
        Of(model.Files.Select(file => (file.Role, cache.HashOf(file.Path))));

    /// <summary>Returns the fingerprint if the hashes of all files are known; null otherwise. Reads none of the files.</summary>
    public static string? Find(ModelFolder model, ContentHashCache cache)
    {
        var hashes = model.Files.Select(file => (file.Role, Hash: cache.Find(file.Path))).ToList();
        return hashes.TrueForAll(file => file.Hash is not null) ? Of(hashes.Select(file => (file.Role, file.Hash!))) : null;
    }

    private static string Of(IEnumerable<(string Role, string Hash)> files)
    {
        var lines = files.Select(file => $"{file.Role} {file.Hash}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines))));
    }
}
