using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Csv;

/// <summary>
/// The output files of a batch. Ensures that no two rows write the same file, even on file systems that ignore case or Unicode
/// normalization, and that no row needs a folder with the name of another row's file.
/// </summary>
public sealed class OutputNames
{
    private readonly Dictionary<string, string> _files = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _folders = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reserves a path for a row; returns an error when it conflicts with another row's, otherwise null.</summary>
    /// <param name="path">The path.</param>
    /// <param name="owner">Display name of the row: <c>row 3 (line 4)</c>.</param>
    public string? Reserve(string path, string owner)
    {
        var key = Key(path);
        var folders = Folders(key).ToList();
        if (_files.TryGetValue(key, out var other))
            return $"'{path}' is also the output of {other}: give each row its own file.";
        if (_folders.TryGetValue(key, out other))
            return $"'{path}' is a folder in the output of {other}: rename one of them.";
        if (folders.FirstOrDefault(_files.ContainsKey) is { } folder)
            return $"The folder '{folder}' is also the output of {_files[folder]}: rename one of them.";
        _files.Add(key, owner);
        foreach (var taken in folders)
            _folders.TryAdd(taken, owner);
        return null;
    }

    /// <summary>Reserves a path for a row without an explicit one: <paramref name="path"/>, with a numeric suffix if it is taken.</summary>
    public string ReserveFree(string path, string owner)
    {
        var candidate = path;
        for (var number = 2; Reserve(candidate, owner) is not null; number++)
            candidate = $"{Path.GetFileNameWithoutExtension(path)}-{number}{Path.GetExtension(path)}";
        return candidate;
    }

    /// <summary>Returns the comparison key. In addition to ignoring case, APFS treats ß as ss.</summary>
    private static string Key(string path) =>
        CanonicalText.Compose(path).Replace("ß", "ss", StringComparison.Ordinal).Replace("ẞ", "ss", StringComparison.Ordinal);

    private static IEnumerable<string> Folders(string path)
    {
        for (var slash = path.IndexOf('/'); slash >= 0; slash = path.IndexOf('/', slash + 1))
            yield return path[..slash];
    }
}
