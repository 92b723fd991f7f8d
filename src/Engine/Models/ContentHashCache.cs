using System.Security.Cryptography;
using System.Text;

namespace MlxVideo.Engine.Models;

/// <summary>
/// SHA-256 hashes of files, cached in a folder by path, length and modification time: real checkpoints have 40 GB and should be read
/// only once. Safe for several processes; an unwritable folder only costs time.
/// </summary>
public sealed class ContentHashCache(string folder)
{
    /// <summary>The current user's cache.</summary>
    public static ContentHashCache OfUser { get; } = new(UserCache.Folder("hashes"));

    /// <summary>Returns the hash of a file's content as 64 lower-case hexadecimal digits.</summary>
    public string HashOf(string path)
    {
        var file = new FileInfo(path);
        var identity = $"{file.FullName}\n{file.Length}\n{file.LastWriteTimeUtc.Ticks}";
        var entry = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity))));
        if (Remembered(entry) is { } known)
            return known;
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        var hash = Convert.ToHexStringLower(SHA256.HashData(stream));
        Remember(entry, hash);
        return hash;
    }

    private static string? Remembered(string entry)
    {
        try
        {
            return File.ReadAllText(entry) is { Length: 64 } hash ? hash : null;
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void Remember(string entry, string hash)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var partial = $"{entry}.{Guid.NewGuid():N}";
            File.WriteAllText(partial, hash);
            File.Move(partial, entry, overwrite: true);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            // The hash is still valid; it is only recomputed next time.
        }
    }
}
