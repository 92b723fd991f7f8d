namespace MlxVideo.Shared.Batches;

/// <summary>The rules of output paths: an mp4 file below the output folder.</summary>
public static class OutputPath
{
    private const string Extension = ".mp4";
    private const int MaxNameLength = 80;

    /// <summary>Null and the path in its one form (forward slashes, with extension), or what is wrong with it.</summary>
    public static string? Normalize(string text, out string path)
    {
        path = text.Trim().Replace('\\', '/');
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
        // File systems take 255 bytes a name, and a character is up to 3 of them.
        if (parts.FirstOrDefault(part => part.Length > MaxNameLength) is { } longPart)
            return $"'{longPart}' has {longPart.Length} characters: shorten it to {MaxNameLength}.";
        path = string.Join('/', parts);
        return null;
    }

    /// <summary>The output of a row that names none: the row's number and the prompt's first words.</summary>
    public static string Default(int row, string prompt)
    {
        const int longest = 40;
        var words = new List<string>();
        var length = 0;
        var letters = new string(prompt.Select(character => char.IsLetterOrDigit(character) ? char.ToLowerInvariant(character) : ' ').ToArray());
        foreach (var word in letters.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (words.Count > 0 && length + 1 + word.Length > longest)
                break;
            words.Add(word.Length > longest ? word[..longest] : word);
            length += 1 + word.Length;
        }

        return string.Join('-', words.Prepend($"{row:D3}")) + Extension;
    }
}
