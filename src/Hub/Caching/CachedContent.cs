using MlxVideo.Hub.Api;

namespace MlxVideo.Hub.Caching;

/// <summary>Compares files with the hashes under which the hub knows them: in the cache, a blob's name is its hash.</summary>
public static class CachedContent
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Reads a file completely and compares it with the hub's hash.</summary>
    /// <param name="file">The file itself, not a link to it.</param>
    /// <param name="cancellationToken">Honoured between blocks.</param>
    /// <returns>True or false; null when the file is not a blob of the cache, so that its hash is unknown.</returns>
    public static async Task<bool?> IsIntactAsync(FileInfo file, CancellationToken cancellationToken)
    {
        if (file.Directory?.Name != HubCache.Blobs || file.Name.Length is not (40 or 64) || !file.Name.All(char.IsAsciiHexDigitLower))
            return null;
        using var hash = new ContentHash(new HubFile(file.Name, file.Length, file.Name));
        await using var stream = new FileStream(
            file.FullName, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
        var buffer = new byte[BufferBytes];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
            hash.Append(buffer.AsSpan(0, count));
        return hash.Finish() == file.Name;
    }
}
