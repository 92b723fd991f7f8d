using System.Buffers;
using System.Globalization;
using System.Text;
using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Csv;

/// <summary>
/// The rules of output paths: an mp4 file below the output folder, on any file system that a folder of clips is copied to.
/// </summary>
public static class OutputPath
{
    private const string Extension = ".mp4";

    /// <summary>File systems take 255 bytes a name; a clip that is still being written has a longer one.</summary>
    private const int MaxNameBytes = 200;

    /// <summary>macOS takes 1024 bytes a path, the output folder's included.</summary>
    private const int MaxPathBytes = 600;

    private const int LongestDefault = 40;

    /// <summary>Enough of a prompt for a name.</summary>
    private const int PromptLength = 500;

    private static readonly SearchValues<char> Reserved = SearchValues.Create("<>:\"|?*");

    private static readonly HashSet<string> Devices = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
        "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
    };

    /// <summary>Null and the path in its one form (forward slashes, with extension, Unicode's form C), or what is wrong with it.</summary>
    public static string? Normalize(string text, out string path)
    {
        path = text.Trim();
        if (Encoding.UTF8.GetByteCount(path) > MaxPathBytes)
            return $"It has {Encoding.UTF8.GetByteCount(path)} bytes in UTF-8: shorten it to {MaxPathBytes}.";
        path = CanonicalText.Compose(path).Replace('\\', '/');
        if (path.StartsWith('/') || (path.Length > 1 && path[1] == ':' && char.IsAsciiLetter(path[0])))
            return $"'{text}' is an absolute path: write it relative to the output folder.";
        if (path.Any(char.IsControl))
            return "It has a control character: file names are one line of text.";
        if (path.EndsWith('/'))
            return $"'{text}' is a folder: name a file in it.";
        var parts = path.Split('/').Where(part => part is not ("" or ".")).ToList();
        if (parts.Contains(".."))
            return $"'{text}' leaves the output folder: write it without '..'.";
        if (parts.Count == 0)
            return $"'{text}' names no file.";

        var extension = Path.GetExtension(parts[^1]);
        if (extension.Length == 0)
            parts[^1] += Extension;
        else if (!extension.Equals(Extension, StringComparison.OrdinalIgnoreCase))
            return $"'{text}' ends in {extension}, but clips are mp4 files: end it in {Extension}.";
        else if (parts[^1].Length == Extension.Length)
            return $"'{text}' has no name before {Extension}.";
        path = string.Join('/', parts);
        return parts.Select(Name).OfType<string>().FirstOrDefault();
    }

    /// <summary>The output of a row that names none: the row's number and the prompt's first words.</summary>
    public static string Default(int row, string prompt)
    {
        var words = new List<string>();
        var length = 0;
        foreach (var word in Words(prompt))
        {
            if (words.Count > 0 && length + 1 + word.Length > LongestDefault)
                break;
            words.Add(Beginning(word));
            length += 1 + word.Length;
        }

        return string.Join('-', words.Prepend($"{row:D3}")) + Extension;
    }

    /// <summary>What is wrong with a file's or a folder's name.</summary>
    private static string? Name(string name)
    {
        if (name.AsSpan().IndexOfAny(Reserved) is var place and >= 0)
            return $"'{name}' has a {name[place]}, which file systems of other computers refuse: leave it out.";
        if (Devices.Contains(name.Split('.')[0].TrimEnd()))
            return $"'{name}' is the name of a device on Windows: take another one.";
        if (name.EndsWith('.') || name.EndsWith(' ') || name.StartsWith(' '))
            return $"'{name}' begins or ends with a space or ends with a point, which file systems of other computers drop: leave it out.";
        if (name.StartsWith("._", StringComparison.Ordinal))
            return $"'{name}' begins with '._', as macOS's own files do: take another name.";
        return Encoding.UTF8.GetByteCount(name) is var bytes and > MaxNameBytes
            ? $"'{name}' has {bytes} bytes in UTF-8: shorten it to {MaxNameBytes}."
            : null;
    }

    /// <summary>Letters and digits with their marks, in lower case; what joins letters without being seen is left out.</summary>
    private static string[] Words(string prompt)
    {
        var letters = new StringBuilder();
        foreach (var rune in CanonicalText.Compose(prompt.Length > PromptLength ? prompt[..PromptLength] : prompt).EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || (IsMark(rune) && letters is [.., not ' ']))
                letters.Append(Rune.ToLowerInvariant(rune));
            else if (Rune.GetUnicodeCategory(rune) is not UnicodeCategory.Format)
                letters.Append(' ');
        }

        return letters.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    private static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    /// <summary>A word, cut between the characters that people see.</summary>
    private static string Beginning(string word)
    {
        if (word.Length <= LongestDefault)
            return word;
        var length = 0;
        while (length + StringInfo.GetNextTextElementLength(word, length) is var next && next <= LongestDefault)
            length = next;
        return word[..length];
    }
}
