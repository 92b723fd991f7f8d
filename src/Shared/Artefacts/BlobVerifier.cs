using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace MlxVideo.Shared.Artefacts;

/// <summary>
/// Verifies the content of stored blobs. A blob counts as verified until its file changes or the process ends. Safe for concurrent use.
/// </summary>
/// <param name="pathOf">Returns the path of a blob.</param>
/// <param name="remove">Removes a damaged blob.</param>
internal sealed class BlobVerifier(Func<string, string> pathOf, Action<string> remove)
{
    private const int BufferBytes = 1 << 20;

    private readonly ConcurrentDictionary<string, FileStamp> _verified = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<bool>>> _running = new(StringComparer.Ordinal);

    /// <summary>True when a blob is stored and is known to have the right content.</summary>
    public bool IsVerified(string digest) =>
        FileStamp.Of(pathOf(digest)) is { } stamp && _verified.TryGetValue(digest, out var verified) && verified == stamp;

    /// <summary>Records that a blob was just written with the right content.</summary>
    public void Trust(string digest)
    {
        if (FileStamp.Of(pathOf(digest)) is { } stamp)
            _verified[digest] = stamp;
    }

    public void Forget(string digest) => _verified.TryRemove(digest, out _);

    /// <summary>Hashes a blob and removes it when it is damaged. Concurrent calls for a blob share one run.</summary>
    /// <returns>False when the blob is not stored, or was damaged.</returns>
    public async Task<bool> CheckAsync(string digest, CancellationToken cancellationToken)
    {
        var run = _running.GetOrAdd(digest, _ => new Lazy<Task<bool>>(() => Task.Run(() => RunAsync(digest), CancellationToken.None)));
        return await run.Value.WaitAsync(cancellationToken);
    }

    private async Task<bool> RunAsync(string digest)
    {
        try
        {
            return await HashAsync(digest);
        }
        finally
        {
            _running.TryRemove(digest, out _);
        }
    }

    private async Task<bool> HashAsync(string digest)
    {
        var path = pathOf(digest);
        if (FileStamp.Of(path) is not { } stamp)
            return false;
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0,
                FileOptions.SequentialScan | FileOptions.Asynchronous);
        }
        catch (Exception ex) when (ex is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }

        await using (file)
        {
            if (await DigestAsync(file) == digest)
            {
                _verified[digest] = stamp;
                return true;
            }
        }

        Forget(digest);
        remove(digest);
        return false;
    }

    /// <returns>The digest; null when the disk can't read the content.</returns>
    private static async Task<string?> DigestAsync(FileStream file)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (await file.ReadAsync(buffer) is > 0 and var count)
                hash.AppendData(buffer, 0, count);
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (IOException)
        {
            return null; // a bad sector
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
