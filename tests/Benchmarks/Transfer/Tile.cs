using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Benchmarks.Transfer;

/// <summary>
/// A file of random bytes in place of a decoded tile. Its content is new in every round, because a store accepts equal content once.
/// </summary>
internal sealed class Tile
{
    private const int ChunkBytes = 1 << 20;

    private Tile(string path) => Path = path;

    /// <summary>Path of the file.</summary>
    public string Path { get; }

    /// <summary>Digest and length of the current content.</summary>
    public BlobRef Blob { get; private set; } = null!;

    /// <summary>Writes a file.</summary>
    public static Tile Create(string path, int mebibytes, Random random)
    {
        var chunk = new byte[ChunkBytes];
        using (var file = File.Create(path))
        {
            for (var count = 0; count < mebibytes; count++)
            {
                random.NextBytes(chunk);
                file.Write(chunk);
            }
        }

        return new Tile(path);
    }

    /// <summary>Changes the content.</summary>
    public void Renew()
    {
        using (var file = new FileStream(Path, FileMode.Open, FileAccess.Write))
            file.Write(Guid.NewGuid().ToByteArray());
        Blob = BlobRef.OfFile(Path);
    }
}
