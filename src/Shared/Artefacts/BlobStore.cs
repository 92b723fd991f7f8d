using System.Security.Cryptography;

namespace MlxVideo.Shared.Artefacts;

/// <summary>
/// A folder of blobs under their digests (<c>ab/abcd…</c>). A blob appears only when it is whole, is never changed
/// after, and storing it again is free. Safe for concurrent use by several threads and processes.
/// </summary>
public sealed class BlobStore
{
    private readonly string _root;
    private readonly string _incoming;

    /// <summary>Opens the store, creating its folder.</summary>
    public BlobStore(string root)
    {
        _root = Path.GetFullPath(root);
        _incoming = Path.Combine(_root, "incoming");
        Directory.CreateDirectory(_incoming);
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
        var blobs = Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories).Where(file => BlobRef.IsDigest(Path.GetFileName(file)))
            .Select(file => new FileInfo(file)).OrderByDescending(file => file.LastWriteTimeUtc).ToList();
        foreach (var blob in blobs)
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
    }

    /// <summary>Hashes a file written at <see cref="NewFile"/> and moves it into the store.</summary>
    public BlobRef Adopt(string file)
    {
        var blob = BlobRef.OfFile(file);
        Place(file, blob.Digest);
        return blob;
    }

    /// <summary>Stores what a stream holds. With an expected digest, anything else is refused.</summary>
    /// <exception cref="InvalidDataException">The bytes hash to another digest.</exception>
    public async Task<BlobRef> Put(Stream content, string? expectedDigest, CancellationToken cancellation)
    {
        var file = NewFile();
        try
        {
            BlobRef blob;
            await using (var target = new FileStream(file, FileMode.CreateNew))
            {
                await content.CopyToAsync(target, cancellation);
                target.Position = 0;
                blob = new BlobRef(Convert.ToHexStringLower(await SHA256.HashDataAsync(target, cancellation)), target.Length);
            }

            if (expectedDigest is not null && blob.Digest != expectedDigest)
                throw new InvalidDataException($"The bytes hash to {blob.Digest}, not to {expectedDigest}; send them again.");
            Place(file, blob.Digest);
            return blob;
        }
        finally
        {
            File.Delete(file);
        }
    }

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
