using System.Text;
using System.Text.Unicode;

namespace MlxVideo.Shared.Files;

/// <summary>
/// Unexpected content of a model file, detected from its first bytes: a failed download or another model format.
/// </summary>
/// <param name="Description">Completes a sentence: <c>a Git LFS pointer instead of the content</c>.</param>
/// <param name="Remedy">The remedy as an imperative: <c>download the file again</c>.</param>
public sealed record ForeignContent(ForeignKind Kind, string Description, string Remedy)
{
    private const int SampleLength = 512;
    private const int QuotedLength = 80;
    private const string Again = "download the file again";
    private const string Weights = "use the model's safetensors files";

    private static readonly (byte[] Magic, string Description, string Remedy)[] Signatures =
    [
        ("GGUF"u8.ToArray(), "a GGUF file", $"{Weights} (GGUF is not supported)"),
        ("PK\u0003\u0004"u8.ToArray(), "a ZIP archive, such as a PyTorch .pt or .ckpt file",
            $"unpack it if it contains safetensors files, otherwise {Weights}"),
        ([0x1F, 0x8B], "a gzip archive", "unpack it first"),
        ([0x28, 0xB5, 0x2F, 0xFD], "a Zstandard archive", "unpack it first"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "an xz archive", "unpack it first"),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7-Zip archive", "unpack it first"),
        ("Rar!"u8.ToArray(), "a RAR archive", "unpack it first"),
        ([0x89, 0x48, 0x44, 0x46], "an HDF5 file", Weights),
        ([0x00, 0x05, 0x16, 0x07], "an AppleDouble file with macOS metadata of another file",
            "use the file of that name without the leading '._'"),
    ];

    /// <summary>Returns the description and the remedy, to complete a sentence.</summary>
    public override string ToString() => $"{Description}; {Remedy}";

    /// <summary>Detects unexpected content of a file; returns null when the content is not of a known kind.</summary>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static ForeignContent? Of(string path)
    {
        using var file = File.OpenRead(path);
        return Of(file);
    }

    /// <summary>Detects unexpected content of a seekable stream, changing its position.</summary>
    public static ForeignContent? Of(Stream file)
    {
        file.Position = 0;
        var sample = new byte[SampleLength];
        return Of(sample.AsSpan(0, file.ReadAtLeast(sample, SampleLength, throwOnEndOfStream: false)), file.Length > SampleLength);
    }

    private static ForeignContent? Of(ReadOnlySpan<byte> sample, bool goesOn)
    {
        if (sample.IsEmpty)
            return new ForeignContent(ForeignKind.Empty, "empty", Again);
        if (IsSafetensors(sample))
            return null;
        if (sample.Length >= 8 && !sample.ContainsAnyExcept((byte)0))
            return new ForeignContent(ForeignKind.Unfinished, "filled with zeros, like an unfinished download", Again);
        foreach (var (magic, description, remedy) in Signatures)
        {
            if (sample.StartsWith(magic))
                return new ForeignContent(ForeignKind.OtherFormat, description, remedy);
        }

        if (IsPickle(sample))
            return new ForeignContent(
                ForeignKind.OtherFormat, "a Python pickle, such as a .pt or .ckpt file of an older PyTorch version", Weights);
        return TextOf(sample, goesOn) is { } text ? OfText(text) : null;
    }

    private static ForeignContent? OfText(string text)
    {
        if (text.StartsWith("version https://git-lfs", StringComparison.Ordinal))
            return new ForeignContent(
                ForeignKind.GitLfsPointer, "a Git LFS pointer instead of the content",
                "run 'git lfs pull' in its repository, or download the file itself");
        if (new[] { "<!doctype html", "<html", "<head", "<body", "<script" }.Any(
            tag => text.StartsWith(tag, StringComparison.OrdinalIgnoreCase)))
            return new ForeignContent(
                ForeignKind.WebPage, "a web page (HTML) instead of the content",
                "download the file itself, after signing in if the page requires it");
        if (text.StartsWith('<'))
            return new ForeignContent(
                ForeignKind.WebPage, $"an XML document ('{Quoted(text)}')",
                "download the file itself (the server seems to have answered with an error)");
        if (text[0] is '{' or '[')
            return new ForeignContent(
                ForeignKind.Json, $"JSON text ('{Quoted(text)}')", "download the file itself (the server may have answered with an error)");
        return new ForeignContent(
            ForeignKind.Text, $"plain text ('{Quoted(text)}')", "download the file itself (the server may have answered with an error)");
    }

    /// <summary>True for a header length below 4 GiB, followed by the header's opening brace.</summary>
    private static bool IsSafetensors(ReadOnlySpan<byte> sample) =>
        sample.Length > 8 && sample[8] == '{' && !sample[4..8].ContainsAnyExcept((byte)0);

    /// <summary>True for a PROTO opcode with a version from 2 to 5, not followed by zeros, which would indicate a length.</summary>
    private static bool IsPickle(ReadOnlySpan<byte> sample) => sample.Length >= 4 && sample[0] == 0x80 && sample[1] is >= 2
        and <= 5 && sample[2] != 0 && sample[3] != 0;

    /// <summary>
    /// Returns the sample without byte order mark and leading white space if it is readable UTF-8 text, otherwise null.
    /// </summary>
    private static string? TextOf(ReadOnlySpan<byte> sample, bool goesOn)
    {
        // The sample may end in the middle of a character.
        for (var cut = 0; goesOn && cut < 3 && !Utf8.IsValid(sample) && sample[^1] >= 0x80; cut++)
            sample = sample[..^1];
        if (!Utf8.IsValid(sample))
            return null;
        var text = Encoding.UTF8.GetString(sample).TrimStart('\uFEFF');
        return text.Any(character => char.IsControl(character) && character is not ('\t' or '\r' or '\n' or '\f'))
            || string.IsNullOrWhiteSpace(text) ? null : text.TrimStart();
    }

    private static string Quoted(string text)
    {
        var line = text.Split('\n', 2)[0].Trim();
        return line.Length <= QuotedLength ? line : line[..QuotedLength] + "…";
    }
}

/// <summary>Kinds of unexpected content.</summary>
public enum ForeignKind
{
    /// <summary>An empty file.</summary>
    Empty,

    /// <summary>Zeros: space reserved for a download.</summary>
    Unfinished,

    /// <summary>Git's placeholder for a large file.</summary>
    GitLfsPointer,

    /// <summary>HTML or XML.</summary>
    WebPage,

    /// <summary>A JSON object or array.</summary>
    Json,

    /// <summary>Other readable text.</summary>
    Text,

    /// <summary>Another format, or an archive.</summary>
    OtherFormat,
}
