using System.Security.Cryptography;
using System.Text;
using MlxVideo.Shared.Files;

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
        if (Find(path) is { } known)
            return known;
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        var hash = Convert.ToHexStringLower(SHA256.HashData(stream));
        Add(path, hash);
        return hash;
    }

    /// <summary>Returns a file's hash if it is known; null otherwise. Reads nothing of the file.</summary>
    public string? Find(string path) => Remembered(EntryOf(path));

    /// <summary>Adds the hash of a file's present content, as computed while it was written.</summary>
    /// <param name="hash">64 lower-case hexadecimal digits.</param>
    public void Add(string path, string hash) => Remember(EntryOf(path), hash);

    private string EntryOf(string path)
    {
        var file = LinkTarget.Of(path);
        var identity = $"{file.FullName}\n{file.Length}\n{file.LastWriteTimeUtc.Ticks}";
        return Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity))));
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
