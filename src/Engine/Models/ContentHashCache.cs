using System.Security.Cryptography;
using System.Text;

namespace MlxVideo.Engine.Models;

/// <summary>
/// SHA-256 of files, remembered in a folder by path, length and time of change: real checkpoints have 40 GB and are read
/// once. Safe for several processes; a folder that can't be written only costs time.
/// </summary>
public sealed class ContentHashCache(string folder)
{
    /// <summary>The cache of this user.</summary>
    public static ContentHashCache OfUser { get; } = new(UserCache.Folder("hashes"));

    /// <summary>The hash of a file's content as 64 lower-case hexadecimal digits.</summary>
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
            // The hash is right all the same; it is only computed again next time.
        }
    }
}
