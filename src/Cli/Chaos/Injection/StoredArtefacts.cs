using System.Buffers.Binary;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Cli.Chaos.Injection;

/// <summary>The intermediate artefacts among the blobs in a daemon's data folder, recognised by their content.</summary>
internal static class StoredArtefacts
{
    private const int LengthBytes = 8;
    private const long MaxHeaderBytes = 100_000_000; // the format's limit

    /// <summary>
    /// Returns the files of intermediate artefacts: tensors and audio. A finished clip or an image of a batch is not an intermediate
    /// artefact: a farm cannot be expected to recompute its own results or its inputs.
    /// </summary>
    public static IReadOnlyList<FileInfo> In(string dataFolder) => !Directory.Exists(dataFolder)
        ? []
        : new DirectoryInfo(dataFolder).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true })
            .Where(file => BlobRef.IsDigest(file.Name) && IsIntermediate(file)).OrderBy(file => file.Name, StringComparer.Ordinal).ToList();

    /// <summary>True for the first bytes of a safetensors or WAVE file.</summary>
    public static bool IsIntermediate(ReadOnlySpan<byte> start) => start.StartsWith("RIFF"u8)
        || (start.Length > LengthBytes && start[LengthBytes] == '{'
            && BinaryPrimitives.ReadInt64LittleEndian(start) is > 0 and <= MaxHeaderBytes);

    private static bool IsIntermediate(FileInfo file)
    {
        try
        {
            using var stream = file.OpenRead();
            Span<byte> start = stackalloc byte[LengthBytes + 1];
            return IsIntermediate(start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]);
        }
        catch (IOException)
        {
            return false; // deleted meanwhile
        }
    }
}
