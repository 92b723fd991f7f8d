using System.Buffers;
using System.Security.Cryptography;

namespace MlxVideo.Shared.Artefacts;

/// <summary>
/// A folder of blobs under their digests (<c>ab/abcd…</c>). A blob appears only when it is whole, is never changed
/// after, and storing it again is free. Safe for concurrent use by several threads and processes.
/// </summary>
public sealed class BlobStore
{
    private const int BufferBytes = 1 << 17;

    private readonly string _root;
    private readonly string _incoming;
    private readonly string _kept;
    private readonly Volume _volume;
    private long _arrivingBytes;

    /// <summary>Opens the store, creating its folder.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="volume">The file system that holds it; the real one when null.</param>
    public BlobStore(string root, Volume? volume = null)
    {
        _root = Path.GetFullPath(root);
        _incoming = Path.Combine(_root, "incoming");
        _kept = Path.Combine(_root, "kept");
        _volume = volume ?? new Volume(_root);
        Directory.CreateDirectory(_incoming);
        Directory.CreateDirectory(_kept);
    }

    /// <summary>The store's folder.</summary>
    public string Folder => _root;

    /// <summary>Bytes that are free on the store's disk.</summary>
    public long FreeBytes => _volume.FreeBytes;

    /// <summary>True when a file can be stored, files that are arriving and the reserve considered.</summary>
    public bool HasRoomFor(long bytes) => _volume.FreeBytes - Interlocked.Read(ref _arrivingBytes) >= bytes + _volume.ReserveBytes;

    /// <summary>What a failure to write in the store's folder means to people; null for one that is not about the folder.</summary>
    /// <param name="ex">The failure.</param>
    /// <param name="neededBytes">Bytes of the file; 0 when unknown.</param>
    public StorageException? Explain(Exception ex, long neededBytes = 0) => ex switch
    {
        StorageException known => known,
        _ when OutOfSpace.Is(ex) => StorageException.Full(_root, _volume.FreeBytes, neededBytes, ex),
        IOException or UnauthorizedAccessException => StorageException.Unwritable(_root, ex),
        _ => null,
    };

    /// <summary>Writes a small file and removes it.</summary>
    /// <exception cref="StorageException">It can't be written.</exception>
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

    /// <summary>The file of a blob, whether or not it exists.</summary>
    public string PathOf(string digest) =>
        BlobRef.IsDigest(digest)
            ? Path.Combine(_root, digest[..2], digest)
            : throw new ArgumentException($"'{digest}' is no SHA-256 digest.", nameof(digest));

    /// <summary>The blob if it is stored.</summary>
    public BlobRef? Find(string digest)
    {
        var file = new FileInfo(PathOf(digest));
        return file.Exists ? new BlobRef(digest, file.Length) : null;
    }

    /// <summary>Removes a blob, if it is there.</summary>
    public void Delete(string digest) => File.Delete(PathOf(digest));

    /// <summary>Removes the blobs that were used longest ago until the rest takes at most <paramref name="maxBytes"/>.</summary>
    public void Trim(long maxBytes)
    {
        foreach (var blob in Blobs().OrderByDescending(file => file.LastWriteTimeUtc).ToList())
        {
            maxBytes -= blob.Length;
            if (maxBytes < 0)
                blob.Delete();
        }
    }

    /// <summary>Notes that a blob is in use, for <see cref="Trim"/>.</summary>
    public void Touch(string digest) => File.SetLastWriteTimeUtc(PathOf(digest), DateTime.UtcNow);

    /// <summary>A fresh path on the store's disk, to write a file that <see cref="Adopt"/> then takes over.</summary>
    public string NewFile() => Path.Combine(_incoming, Guid.NewGuid().ToString("N"));

    /// <summary>Removes files that an earlier process did not finish; for the only process that uses the store, before it begins.</summary>
    public void DeleteUnfinished()
    {
        foreach (var file in Directory.EnumerateFiles(_incoming))
            File.Delete(file);
        foreach (var folder in Directory.EnumerateDirectories(_incoming)) // clips that were being muxed
            Directory.Delete(folder, recursive: true);
    }

    /// <summary>Marks a blob as one that <see cref="Sweep"/> leaves for a while.</summary>
    public void Keep(string digest) => File.WriteAllBytes(Path.Combine(_kept, digest), []);

    /// <summary>
    /// Removes all blobs but the marked ones that are younger than <paramref name="maxAge"/>; for the only process that uses
    /// the store, before it begins.
    /// </summary>
    /// <returns>How many bytes were removed.</returns>
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

    /// <summary>Hashes a file written at <see cref="NewFile"/> and moves it into the store.</summary>
    public BlobRef Adopt(string file)
    {
        var blob = BlobRef.OfFile(file);
        Place(file, blob.Digest);
        return blob;
    }

    /// <summary>Stores what a stream holds. With an expected digest, anything else is refused.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="expectedDigest">Their digest; null when it is not known.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <param name="length">How many bytes there are; null when it is not known.</param>
    /// <exception cref="InvalidDataException">The bytes hash to another digest.</exception>
    /// <exception cref="StorageException">
    /// There is no room, or the folder can't be written; the stream may not be read to its end.
    /// </exception>
    public async Task<BlobRef> Put(Stream content, string? expectedDigest, CancellationToken cancellationToken, long? length = null)
    {
        var needed = length ?? 0;
        var file = NewFile();
        try
        {
            var blob = await Receive(content, file, cancellationToken, length);
            if (expectedDigest is not null && blob.Digest != expectedDigest)
                throw new InvalidDataException($"The bytes hash to {blob.Digest}, not to {expectedDigest}; send them again.");
            Guard(() => Place(file, blob.Digest), needed);
            return blob;
        }
        finally
        {
            TryDelete(file);
        }
    }

    /// <summary>Writes a stream to a file made by <see cref="NewFile"/>. Failures to read the stream come through as they are.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="file">The file.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <param name="length">How many bytes there are; null when it is not known.</param>
    /// <returns>Length and digest of what was written.</returns>
    /// <exception cref="StorageException">There is no room, or the folder can't be written; the file may be there in part.</exception>
    public async Task<BlobRef> Receive(Stream content, string file, CancellationToken cancellationToken, long? length = null)
    {
        var needed = length ?? 0;
        if (!HasRoomFor(needed))
            throw StorageException.Full(_root, _volume.FreeBytes, needed);
        Interlocked.Add(ref _arrivingBytes, needed);
        try
        {
            return await Write(content, file, needed, cancellationToken);
        }
        finally
        {
            Interlocked.Add(ref _arrivingBytes, -needed);
        }
    }

    private async Task<BlobRef> Write(Stream content, string file, long needed, CancellationToken cancellationToken)
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

    /// <summary>What is wrong with the folder is told by the failure that led here.</summary>
    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            // It goes when the store is opened the next time.
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
