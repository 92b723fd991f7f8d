using System.Text.RegularExpressions;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Models;

/// <summary>The files of a model, of which a worker fetches a copy from another one.</summary>
/// <param name="Digest">Digest of the model.</param>
/// <param name="Name">Display name of the model.</param>
public sealed partial record ModelFileList(string Digest, string Name, IReadOnlyList<ListedFile> Files)
{
    /// <summary>Maximum size of a list as JSON.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Maximum length of a model's name.</summary>
    public const int MaxName = 200;

    private const int MaxFiles = 1000;
    private const int MaxFolders = 4;
    private const int MaxShownPath = 60;

    /// <summary>Far above every known model; the sum of all sizes does not overflow.</summary>
    private const long MaxFileBytes = 1L << 42;

    /// <summary>Extensions of a model's files. Nothing else is fetched, so no program can be.</summary>
    private static readonly string[] Extensions = [".safetensors", ".json", ".model"];

    /// <summary>Bytes of all files.</summary>
    public long TotalBytes => Files.Sum(file => file.Size);

    /// <summary>
    /// Checks a list that another machine sent: every path stays in the folder of the copy, on every file system, and no two files have
    /// the same path.
    /// </summary>
    /// <param name="digest">The digest of the model that was asked for.</param>
    /// <returns>The first fault, as a part of a sentence; null when there is none.</returns>
    public string? FindFault(string digest)
    {
        if (Digest != digest)
            return "it is the list of another model";
        if (Name.Length == 0 || PrintableText.Of(Name, MaxName) != Name)
            return $"the model's name is not one of 1 to {MaxName} printable characters";
        if (Files.Count is 0 or > MaxFiles)
            return $"it has {Files.Count} files, and a model has 1 to {MaxFiles}";
        if (Files.FirstOrDefault(file => !IsPath(file.Path)) is { } outside)
            return $"'{PrintableText.Of(outside.Path, MaxShownPath)}' is not the path of a model's file";
        if (Files.FirstOrDefault(file => file.Size is < 0 or > MaxFileBytes) is { } oversized)
            return $"{oversized.Path} has an impossible size";
        if (Files.FirstOrDefault(file => !BlobRef.IsDigest(file.Sha256)) is { } unhashed)
            return $"{unhashed.Path} has no SHA-256 hash";
        // Macs compare names without regard to case.
        var paths = Files.Select(file => file.Path).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (paths.Count < Files.Count)
            return "two files have the same path";
        return Files.FirstOrDefault(file => FoldersOf(file.Path).Any(paths.Contains)) is { } inside
            ? $"the folder of {inside.Path} is also a file"
            : null;
    }

    private static bool IsPath(string path) =>
        path.Split('/') is { Length: <= MaxFolders + 1 } names && names.All(name => NamePattern().IsMatch(name))
        && Extensions.Any(extension => path.EndsWith(extension, StringComparison.Ordinal));

    private static IEnumerable<string> FoldersOf(string path) =>
        path.Select((character, index) => (character, index)).Where(each => each.character == '/').Select(each => path[..each.index]);

    /// <summary>A name without a separator, a drive or a leading dot, which also excludes the parent folder.</summary>
    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_ .,+@=()\[\]-]{0,199}\z")]
    private static partial Regex NamePattern();
}

/// <summary>A file of a model.</summary>
/// <param name="Path">Path in the model folder, with slashes.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">SHA-256 of the content as 64 lower-case hexadecimal digits.</param>
public sealed record ListedFile(string Path, long Size, string Sha256);
