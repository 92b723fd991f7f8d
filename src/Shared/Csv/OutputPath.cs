using System.Buffers;
using System.Globalization;
using System.Text;
using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Csv;

/// <summary>
/// Rules for output paths: a file in the output folder or below, with the extension of its encoder, valid on every file system to which
/// clips may be copied.
/// </summary>
public static class OutputPath
{
    private const string DefaultExtension = ".mp4";

    /// <summary>File systems allow 255 bytes per name; a clip that is being written has a longer one.</summary>
    private const int MaxNameBytes = 200;

    /// <summary>macOS allows 1024 bytes per path, including the output folder's.</summary>
    private const int MaxPathBytes = 600;

    /// <summary>Maximum number of characters of a prompt's words in the default output of a row, and of a single word.</summary>
    private const int LongestDefault = 40;

    /// <summary>The same without a row number; in UTF-8, such a name has at most 180 bytes.</summary>
    private const int LongestOfPrompt = 60;

    private const string NameWithoutWords = "clip";

    /// <summary>Number of characters of the prompt to consider for a name.</summary>
    private const int PromptLength = 500;

    private static readonly SearchValues<char> Reserved = SearchValues.Create("<>:\"|?*");

    private static readonly HashSet<string> Devices = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
        "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
    };

    /// <summary>Normalizes a path (forward slashes, with extension, Unicode NFC); returns the error, or null on success.</summary>
    /// <param name="required">Extension of the clip's encoder.</param>
    public static string? Normalize(string text, out string path, string required = DefaultExtension)
    {
        path = text.Trim();
        if (Encoding.UTF8.GetByteCount(path) > MaxPathBytes)
            return $"The path has {Encoding.UTF8.GetByteCount(path)} bytes in UTF-8: shorten it to at most {MaxPathBytes}.";
        path = CanonicalText.Compose(path).Replace('\\', '/');
        if (path.StartsWith('/') || (path.Length > 1 && path[1] == ':' && char.IsAsciiLetter(path[0])))
            return $"'{text}' is an absolute path: make it relative to the output folder.";
        if (path.Any(char.IsControl))
            return "The path contains a control character, for example a line break: remove it.";
        if (path.EndsWith('/'))
            return $"'{text}' is a folder: add a file name.";
        var parts = path.Split('/').Where(part => part is not ("" or ".")).ToList();
        if (parts.Contains(".."))
            return $"'{text}' leaves the output folder: remove the '..'.";
        if (parts.Count == 0)
            return $"'{text}' does not name a file: add a file name.";

        var extension = Path.GetExtension(parts[^1]);
        if (extension.Length == 0)
            parts[^1] += required;
        else if (!extension.Equals(required, StringComparison.OrdinalIgnoreCase))
            return $"'{text}' ends in {extension}, but clips are {required[1..]} files: use the extension {required}.";
        else if (parts[^1].Length == required.Length)
            return $"'{text}' has no name before {required}: add one.";
        path = string.Join('/', parts);
        return parts.Select(Name).OfType<string>().FirstOrDefault();
    }

    /// <summary>Returns the default output of a row: the row number and the first words of the prompt.</summary>
    public static string Default(int row, string prompt, string extension = DefaultExtension) =>
        string.Join('-', FirstWords(prompt, LongestDefault).Prepend($"{row:D3}")) + extension;

    /// <summary>Returns a file name from the first words of a prompt: <c>a-red-fox-in-fresh-snow.mp4</c>.</summary>
    public static string OfPrompt(string prompt, string extension = DefaultExtension)
    {
        var words = FirstWords(prompt, LongestOfPrompt);
        var name = string.Join('-', words) + extension;
        return words.Count > 0 && Name(name) is null ? name : string.Join('-', words.Prepend(NameWithoutWords)) + extension;
    }

    /// <summary>Returns the first words of a prompt that together have at most this number of characters; at least one.</summary>
    private static List<string> FirstWords(string prompt, int longest)
    {
        var words = new List<string>();
        var length = 0;
        foreach (var word in Words(prompt))
        {
            if (words.Count > 0 && length + 1 + word.Length > longest)
                break;
            words.Add(Beginning(word));
            length += 1 + word.Length;
        }

        return words;
    }

    /// <summary>Checks the name of a file or folder; returns the error, or null.</summary>
    private static string? Name(string name)
    {
        if (name.AsSpan().IndexOfAny(Reserved) is var place and >= 0)
            return $"'{name}' contains the character {name[place]}, which some file systems reject: remove it.";
        if (Devices.Contains(name.Split('.')[0].TrimEnd()))
            return $"'{name}' is a reserved device name on Windows: choose another name.";
        if (name.EndsWith('.') || name.EndsWith(' ') || name.StartsWith(' '))
            return $"'{name}' starts or ends with a space or ends with a period, which some file systems drop: remove it.";
        if (name.StartsWith("._", StringComparison.Ordinal))
            return $"'{name}' starts with '._', like macOS metadata files: choose another name.";
        return Encoding.UTF8.GetByteCount(name) is var bytes and > MaxNameBytes
            ? $"'{name}' has {bytes} bytes in UTF-8: shorten it to at most {MaxNameBytes}."
            : null;
    }

    /// <summary>Returns the words of a prompt: letters and digits with their marks, in lower case, without invisible joiners.</summary>
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

    /// <summary>Truncates a word at a grapheme boundary.</summary>
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
