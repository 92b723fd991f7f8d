namespace MlxVideo.Shared.Batches;

/// <summary>
/// The files of a batch: no two rows write the same one, also on file systems that ignore case, and none needs a folder of
/// another's file name.
/// </summary>
internal sealed class OutputNames
{
    private readonly Dictionary<string, (int Row, int Line)> _files = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, (int Row, int Line)> _folders = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Takes a path for a row; says what is wrong when another row has it.</summary>
    public string? Take(string path, int row, int line)
    {
        var folders = Folders(path).ToList();
        if (_files.TryGetValue(path, out var other))
            return $"'{path}' is also the output of row {other.Row} (line {other.Line}): give each row its own file.";
        if (_folders.TryGetValue(path, out other))
            return $"'{path}' is a folder in the output of row {other.Row} (line {other.Line}): rename one of them.";
        if (folders.FirstOrDefault(_files.ContainsKey) is { } folder)
            return $"The folder '{folder}' is a file, the output of row {_files[folder].Row} (line {_files[folder].Line}): rename one of them.";
        _files.Add(path, (row, line));
        foreach (var taken in folders)
            _folders.TryAdd(taken, (row, line));
        return null;
    }

    /// <summary>Takes a path for a row that named none: <paramref name="path"/>, or with a number behind it.</summary>
    public string TakeFree(string path, int row, int line)
    {
        var candidate = path;
        for (var number = 2; Take(candidate, row, line) is not null; number++)
            candidate = $"{Path.GetFileNameWithoutExtension(path)}-{number}{Path.GetExtension(path)}";
        return candidate;
    }

    private static IEnumerable<string> Folders(string path)
    {
        for (var slash = path.IndexOf('/'); slash >= 0; slash = path.IndexOf('/', slash + 1))
            yield return path[..slash];
    }
}
