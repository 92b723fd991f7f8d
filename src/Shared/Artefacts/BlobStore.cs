using System.Buffers;
using System.Security.Cryptography;

namespace MlxVideo.Shared.Artefacts;

/// <summary>
/// A folder of blobs named by their digests (<c>ab/abcd…</c>). A blob appears only when complete and is immutable; storing it again is
/// free. Safe for concurrent use by several threads and processes.
/// </summary>
public sealed class BlobStore
{
    private const int BufferBytes = 1 << 17;

    private readonly string _root;
    private readonly string _incoming;
    private readonly string _kept;
    private readonly Volume _volume;
    private long _arrivingBytes;

    /// <summary>Opens a store, creating its folder if necessary.</summary>
    /// <param name="root">Folder of the store.</param>
    /// <param name="volume">File system that contains the folder; the actual one when null.</param>
    public BlobStore(string root, Volume? volume = null)
    {
        _root = Path.GetFullPath(root);
        _incoming = Path.Combine(_root, "incoming");
        _kept = Path.Combine(_root, "kept");
        _volume = volume ?? new Volume(_root);
        Directory.CreateDirectory(_incoming);
        Directory.CreateDirectory(_kept);
    }

    /// <summary>Absolute path of the store's folder.</summary>
    public string Folder => _root;

    /// <summary>Free bytes on the store's disk.</summary>
    public long FreeBytes => _volume.FreeBytes;

    /// <summary>True when there is space for a file, taking incoming files and the reserve into account.</summary>
    public bool HasRoomFor(long bytes) => _volume.FreeBytes - Interlocked.Read(ref _arrivingBytes) >= bytes + _volume.ReserveBytes;

    /// <summary>Converts an exception from a write to the store to one for the user; null when the folder is not at fault.</summary>
    /// <param name="ex">The exception.</param>
    /// <param name="neededBytes">Size of the file; 0 when unknown.</param>
    public StorageException? Explain(Exception ex, long neededBytes = 0) => ex switch
    {
        StorageException known => known,
        _ when OutOfSpace.Is(ex) => StorageException.Full(_root, _volume.FreeBytes, neededBytes, ex),
        IOException or UnauthorizedAccessException => StorageException.Unwritable(_root, ex),
        _ => null,
    };

    /// <summary>Checks that the store is writable by writing and deleting a small file.</summary>
    /// <exception cref="StorageException">The store is not writable.</exception>
    public void Probe()
    {
        var file = NewFile();
        try
        {
            File.WriteAllBytes(file, new byte[BufferBytes]);
        }
        catch (Exception ex) when (Explain(ex) is { } known)
        {
            throw known;
        }
        finally
        {
            TryDelete(file);
        }
    }

    /// <summary>Returns the path of a blob, whether or not it exists.</summary>
    public string PathOf(string digest) =>
        BlobRef.IsDigest(digest)
            ? Path.Combine(_root, digest[..2], digest)
            : throw new ArgumentException($"'{digest}' is not a SHA-256 digest.", nameof(digest));

    /// <summary>Returns a blob; null when it is not stored.</summary>
    public BlobRef? Find(string digest)
    {
        var file = new FileInfo(PathOf(digest));
        return file.Exists ? new BlobRef(digest, file.Length) : null;
    }

    /// <summary>Deletes a blob if it is stored.</summary>
    public void Delete(string digest) => File.Delete(PathOf(digest));

    /// <summary>Deletes blobs in least-recently-used order until the rest take at most <paramref name="maxBytes"/>.</summary>
    public void Trim(long maxBytes)
    {
        foreach (var blob in Blobs().OrderByDescending(file => file.LastWriteTimeUtc).ToList())
        {
            maxBytes -= blob.Length;
            if (maxBytes < 0)
                blob.Delete();
        }
    }

    /// <summary>Records the use of a blob for <see cref="Trim"/>.</summary>
    public void Touch(string digest) => File.SetLastWriteTimeUtc(PathOf(digest), DateTime.UtcNow);

    /// <summary>Returns a new path on the store's disk for a file to be passed to <see cref="Adopt"/>.</summary>
    public string NewFile() => Path.Combine(_incoming, Guid.NewGuid().ToString("N"));

    /// <summary>Deletes files left incomplete by an earlier process; for use at startup by the only process that uses the store.</summary>
    public void DeleteUnfinished()
    {
        foreach (var file in Directory.EnumerateFiles(_incoming))
            File.Delete(file);
        foreach (var folder in Directory.EnumerateDirectories(_incoming)) // clips that were being muxed
            Directory.Delete(folder, recursive: true);
    }

    /// <summary>Marks a blob to be retained by <see cref="Sweep"/> up to its maximum age.</summary>
    public void Keep(string digest) => File.WriteAllBytes(Path.Combine(_kept, digest), []);

    /// <summary>
    /// Deletes all blobs except marked ones younger than <paramref name="maxAge"/>; for use at startup by the only process that uses the
    /// store.
    /// </summary>
    /// <returns>The number of bytes deleted.</returns>
    public long Sweep(TimeSpan maxAge, TimeProvider time)
    {
        var oldest = (time.GetUtcNow() - maxAge).UtcDateTime;
        var removed = 0L;
        foreach (var blob in Blobs().Where(blob => blob.LastWriteTimeUtc < oldest || !File.Exists(Path.Combine(_kept, blob.Name))))
        {
            removed += blob.Length;
            blob.Delete();
        }

        foreach (
            var mark in new DirectoryInfo(_kept).EnumerateFiles().Where(mark => !BlobRef.IsDigest(mark.Name) || Find(mark.Name) is null))
            mark.Delete();
        return removed;
    }

    /// <summary>Hashes a file written to a path from <see cref="NewFile"/> and moves it into the store.</summary>
    public BlobRef Adopt(string file)
    {
        var blob = BlobRef.OfFile(file);
        Place(file, blob.Digest);
        return blob;
    }

    /// <summary>Stores the content of a stream.</summary>
    /// <param name="content">The content.</param>
    /// <param name="expectedDigest">Expected digest of the content; null when unknown.</param>
    /// <param name="cancellationToken">Cancels the transfer.</param>
    /// <param name="length">Number of bytes; null when unknown.</param>
    /// <exception cref="InvalidDataException">The content has a different digest.</exception>
    /// <exception cref="StorageException">
    /// There is no space, or the folder is not writable; the stream may not have been read to its end.
    /// </exception>
    public async Task<BlobRef> PutAsync(Stream content, string? expectedDigest, CancellationToken cancellationToken, long? length = null)
    {
        var needed = length ?? 0;
        var file = NewFile();
        try
        {
            var blob = await ReceiveAsync(content, file, cancellationToken, length);
            if (expectedDigest is not null && blob.Digest != expectedDigest)
                throw new InvalidDataException($"The content has the hash {blob.Digest} instead of {expectedDigest}: send it again.");
            Guard(() => Place(file, blob.Digest), needed);
            return blob;
        }
        finally
        {
            TryDelete(file);
        }
    }

    /// <summary>Writes a stream to a file from <see cref="NewFile"/>. Exceptions from reading the stream are not converted.</summary>
    /// <param name="content">The content.</param>
    /// <param name="file">Path of the file.</param>
    /// <param name="cancellationToken">Cancels the transfer.</param>
    /// <param name="length">Number of bytes; null when unknown.</param>
    /// <returns>Length and digest of the content.</returns>
    /// <exception cref="StorageException">
    /// There is no space, or the folder is not writable; the file may have been written in part.
    /// </exception>
    public async Task<BlobRef> ReceiveAsync(Stream content, string file, CancellationToken cancellationToken, long? length = null)
    {
        var needed = length ?? 0;
        if (!HasRoomFor(needed))
            throw StorageException.Full(_root, _volume.FreeBytes, needed);
        Interlocked.Add(ref _arrivingBytes, needed);
        try
        {
            return await WriteAsync(content, file, needed, cancellationToken);
        }
        finally
        {
            Interlocked.Add(ref _arrivingBytes, -needed);
        }
    }

    private async Task<BlobRef> WriteAsync(Stream content, string file, long needed, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var length = 0L;
            await using var target = Guard(
                () => new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0), needed);
            for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0; length += read)
            {
                hash.AppendData(buffer, 0, read);
                try
                {
                    await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                }
                catch (Exception ex) when (Explain(ex, needed) is { } known)
                {
                    throw known;
                }
            }

            return new BlobRef(Convert.ToHexStringLower(hash.GetHashAndReset()), length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Deletes a file, ignoring errors: a fault of the folder is reported by the preceding failure.</summary>
    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            // It is deleted at the next startup.
        }
    }

    private void Guard(Action write, long needed) => Guard(
        () =>
        {
            write();
            return true;
        },
        needed);

    private T Guard<T>(Func<T> write, long needed)
    {
        try
        {
            return write();
        }
        catch (Exception ex) when (Explain(ex, needed) is { } known)
        {
            throw known;
        }
    }

    private IEnumerable<FileInfo> Blobs() => Directory.EnumerateDirectories(_root, "??").SelectMany(Directory.EnumerateFiles)
        .Where(file => BlobRef.IsDigest(Path.GetFileName(file))).Select(file => new FileInfo(file));

    private void Place(string file, string digest)
    {
        var path = PathOf(digest);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (File.Exists(path))
            File.Delete(file);
        else
            File.Move(file, path, overwrite: true);
    }
}
