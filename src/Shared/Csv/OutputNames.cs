using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Csv;

/// <summary>
/// The files of a batch: no two rows write the same one, also on file systems that ignore case or take a letter with an accent
/// for the same as letter and accent, and none needs a folder of another's file name.
/// </summary>
public sealed class OutputNames
{
    private readonly Dictionary<string, string> _files = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _folders = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Takes a path for a row; says what is wrong when another row has it.</summary>
    /// <param name="path">The path.</param>
    /// <param name="owner">The row as it is shown: <c>row 3 (line 4)</c>.</param>
    public string? Take(string path, string owner)
    {
        var key = Key(path);
        var folders = Folders(key).ToList();
        if (_files.TryGetValue(key, out var other))
            return $"'{path}' is also the output of {other}: give each row its own file.";
        if (_folders.TryGetValue(key, out other))
            return $"'{path}' is a folder in the output of {other}: rename one of them.";
        if (folders.FirstOrDefault(_files.ContainsKey) is { } folder)
            return $"The folder '{folder}' is a file, the output of {_files[folder]}: rename one of them.";
        _files.Add(key, owner);
        foreach (var taken in folders)
            _folders.TryAdd(taken, owner);
        return null;
    }

    /// <summary>Takes a path for a row that named none: <paramref name="path"/>, or with a number behind it.</summary>
    public string TakeFree(string path, string owner)
    {
        var candidate = path;
        for (var number = 2; Take(candidate, owner) is not null; number++)
            candidate = $"{Path.GetFileNameWithoutExtension(path)}-{number}{Path.GetExtension(path)}";
        return candidate;
    }

    /// <summary>Beyond what a comparison without case equates, APFS takes ß for ss.</summary>
    private static string Key(string path) =>
        CanonicalText.Compose(path).Replace("ß", "ss", StringComparison.Ordinal).Replace("ẞ", "ss", StringComparison.Ordinal);

    private static IEnumerable<string> Folders(string path)
    {
        for (var slash = path.IndexOf('/'); slash >= 0; slash = path.IndexOf('/', slash + 1))
            yield return path[..slash];
    }
}
