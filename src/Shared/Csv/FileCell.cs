using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Csv;

/// <summary>An entry <c>path[:frame[:strength]]</c> of a cell with files.</summary>
/// <param name="Path">Absolute path of the file.</param>
/// <param name="Frame">Frame, not yet checked against the clip; null when not given.</param>
/// <param name="Strength">Strength; null when not given.</param>
internal sealed record CellFile(string Path, long? Frame, double? Strength);

/// <summary>
/// Parses cells with files: entries of the form <c>path[:frame[:strength]]</c>, separated by <c>|</c>. Paths may contain colons: of the
/// possible interpretations of an entry, the one with the longest path to an existing file is used.
/// </summary>
internal static class FileCell
{
    /// <summary>Returns the files of a cell; errors are passed to <paramref name="error"/>.</summary>
    /// <param name="kind">Name of the files in messages: <c>image</c>.</param>
    public static List<CellFile> Read(string cell, string folder, string kind, Action<string> error) =>
        Read(cell, folder, kind, hasFrames: true, error);

    /// <summary>Returns the files of a cell with entries of the form <c>path[:strength]</c>.</summary>
    /// <inheritdoc cref="Read(string, string, string, Action{string})"/>
    public static List<CellFile> ReadWithStrength(string cell, string folder, string kind, Action<string> error) =>
        Read(cell, folder, kind, hasFrames: false, error);

    private static List<CellFile> Read(string cell, string folder, string kind, bool hasFrames, Action<string> error)
    {
        var files = new List<CellFile>();
        if (cell.Trim().Length == 0)
            return files;
        foreach (var entry in cell.Split('|', StringSplitOptions.TrimEntries))
        {
            if (entry.Length == 0)
            {
                error($"{Capitalized(kind)} is missing before or after a '|': delete the '|' or add the {kind}.");
                continue;
            }

            var (path, frameText, strengthText) = Split(entry, folder);
            if (!hasFrames)
            {
                if (strengthText is not null)
                    path = $"{path}:{frameText}";
                (frameText, strengthText) = (null, strengthText ?? frameText);
            }

            if (!TryAbsolute(path, folder, out var absolute) || !File.Exists(absolute))
            {
                error(Directory.Exists(absolute)
                    ? $"'{path}' is a folder: specify {WithArticle(kind)} file."
                    : $"The {kind} '{path}' does not exist ({absolute}).");
                continue;
            }

            var (frame, strength) = (0L, 0.0);
            if (frameText is not null && NumberText.ReadWhole(frameText, out frame) is { } noFrame)
                error($"Invalid frame after '{path}:': {noFrame}");
            else if (strengthText is not null && NumberText.ReadDecimal(strengthText, out strength) is { } noStrength)
                error($"Invalid strength after '{(frameText is null ? path : $"{path}:{frameText}")}:': {noStrength}");
            else
                files.Add(new CellFile(absolute, frameText is null ? null : frame, strengthText is null ? null : strength));
        }

        return files;
    }

    private static string WithArticle(string kind) => kind[0] is 'a' or 'i' ? $"an {kind}" : $"a {kind}";

    private static string Capitalized(string kind) => char.ToUpperInvariant(WithArticle(kind)[0]) + WithArticle(kind)[1..];

    private static (string Path, string? Frame, string? Strength) Split(string entry, string folder)
    {
        var ways = new List<(string Path, string? Frame, string? Strength)> { (entry, null, null) };
        var last = entry.LastIndexOf(':');
        if (last > 0)
        {
            ways.Add((entry[..last], entry[(last + 1)..], null));
            var before = entry.LastIndexOf(':', last - 1);
            if (before > 0)
                ways.Add((entry[..before], entry[(before + 1)..last], entry[(last + 1)..]));
        }

        foreach (var way in ways)
        {
            if (TryAbsolute(way.Path, folder, out var absolute) && File.Exists(absolute))
                return way;
        }

        // No such file: suffixes that look like numbers are excluded from the file name in the error.
        return ways.LastOrDefault(way => way.Frame is not null && NumberText.LooksLikeNumber(way.Frame)
            && (way.Strength is null || NumberText.LooksLikeNumber(way.Strength)), ways[0]);
    }

    private static bool TryAbsolute(string path, string folder, out string absolute)
    {
        absolute = path;
        if (path.Length == 0 || path.Contains('\0'))
            return false;
        absolute = Path.GetFullPath(path, folder);
        return true;
    }
}
