namespace MlxVideo.Shared.Artefacts;

/// <summary>
/// A folder of blobs named by their digests (<c>ab/abcd…</c>). A blob appears only when complete and is immutable; storing it again is
/// free. A blob survives a power failure, and its content is verified before its first use by a process and after any change of its file; a
/// damaged blob is removed and treated as missing. Safe for concurrent use by several threads and processes.
/// </summary>
public sealed partial class BlobStore
{
    private const int BufferBytes = 1 << 17;

    private readonly string _root;
    private readonly string _incoming;
    private readonly Volume _volume;
    private readonly StoreSpace _space;
    private readonly BlobVerifier _verifier;

    /// <summary>Opens a store, creating its folder if necessary.</summary>
    /// <param name="root">Folder of the store.</param>
    /// <param name="volume">File system that contains the folder; the actual one when null.</param>
    /// <param name="quotaBytes">Maximum size of the stored and arriving blobs; null for none.</param>
    public BlobStore(string root, Volume? volume = null, long? quotaBytes = null)
    {
        _root = Path.GetFullPath(root);
        _incoming = Path.Combine(_root, "incoming");
        _volume = volume ?? new Volume(_root);
        QuotaBytes = quotaBytes;
        _space = new StoreSpace(_root, _volume, quotaBytes, UsedBytes);
        _verifier = new BlobVerifier(PathOf, Quarantine);
        Directory.CreateDirectory(_incoming);
    }

    /// <summary>Absolute path of the store's folder.</summary>
    public string Folder => _root;

    /// <summary>Free bytes on the store's disk.</summary>
    public long FreeBytes => _volume.FreeBytes;

    /// <summary>Maximum size of the stored and arriving blobs; null for none.</summary>
    public long? QuotaBytes { get; }

    /// <summary>True when there is space for a file, taking incoming files, the reserve and the quota into account.</summary>
    public bool HasRoomFor(long bytes) => FindShortage(bytes) is null;

    /// <summary>Returns why there is no space for a file; null when there is.</summary>
    public StorageException? FindShortage(long bytes) => _space.FindShortage(bytes);

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

    /// <summary>
    /// Returns a blob with verified content; null when it is not stored. A damaged blob is removed. The content is read only if it has not
    /// been verified since the start of the process or the last change of the file.
    /// </summary>
    /// <param name="again">Reads the content in any case: another machine received it damaged.</param>
    public async Task<BlobRef?> FindVerifiedAsync(string digest, CancellationToken cancellationToken, bool again = false) =>
        (!again && _verifier.IsVerified(digest)) || await _verifier.CheckAsync(digest, cancellationToken) ? Find(digest) : null;

    /// <summary>Deletes a blob if it is stored.</summary>
    public void Delete(string digest)
    {
        _verifier.Forget(digest);
        File.Delete(PathOf(digest));
    }

    /// <summary>Deletes a blob unless it was stored or used since a time; returns true when it was deleted.</summary>
    public bool DeleteUnused(string digest, DateTimeOffset since)
    {
        var file = new FileInfo(PathOf(digest));
        if (!file.Exists || file.LastWriteTimeUtc >= since.UtcDateTime)
            return false;
        Delete(digest);
        return true;
    }

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
    public void Touch(string digest)
    {
        var isVerified = _verifier.IsVerified(digest);
        File.SetLastWriteTimeUtc(PathOf(digest), DateTime.UtcNow);
        if (isVerified)
            _verifier.Trust(digest);
    }

    /// <summary>Returns a new path on the store's disk for a file to be passed to <c>Adopt</c>.</summary>
    public string NewFile() => Path.Combine(_incoming, Guid.NewGuid().ToString("N"));

    /// <summary>Deletes files left incomplete by an earlier process; for use at startup by the only process that uses the store.</summary>
    public void DeleteUnfinished()
    {
        foreach (var file in Directory.EnumerateFiles(_incoming))
            File.Delete(file);
        foreach (var folder in Directory.EnumerateDirectories(_incoming)) // clips that were being muxed
            Directory.Delete(folder, recursive: true);
    }

    /// <summary>Returns the size of the blobs and of what transfers left or are writing, which the quota limits.</summary>
    public long UsedBytes() =>
        Blobs().Concat(new DirectoryInfo(_incoming).EnumerateFiles()).Sum(file => FileStamp.Of(file.FullName)?.Length ?? 0);

    /// <summary>Returns all stored blobs.</summary>
    public IReadOnlyList<StoredBlob> List() =>
        Blobs().Select(file => new StoredBlob(file.Name, file.Length, new DateTimeOffset(file.LastWriteTimeUtc))).ToList();

    /// <summary>Hashes a file written to a path from <see cref="NewFile"/> and moves it into the store.</summary>
    public BlobRef Adopt(string file)
    {
        var blob = BlobRef.OfFile(file);
        Place(file, blob.Digest);
        return blob;
    }

    /// <summary>Moves a file with a known digest, written to a path from <see cref="NewFile"/>, into the store.</summary>
    public void Adopt(string file, BlobRef blob) => Place(file, blob.Digest);

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
        // An existing file that is not known to be right may be damaged: it is replaced.
        if (_verifier.IsVerified(digest))
            File.Delete(file);
        else
            DurableFiles.Move(file, PathOf(digest));
        _verifier.Trust(digest);
    }

    /// <summary>Takes a damaged blob out of the store at once, although deleting a large file takes a while.</summary>
    private void Quarantine(string digest)
    {
        var file = NewFile();
        try
        {
            File.Move(PathOf(digest), file);
        }
        catch (FileNotFoundException)
        {
            return; // removed meanwhile
        }

        TryDelete(file);
    }
}
