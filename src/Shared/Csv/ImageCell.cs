using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Csv;

/// <summary>An entry <c>path[:frame[:strength]]</c> of an image cell.</summary>
/// <param name="Path">Absolute path of the file.</param>
/// <param name="Frame">Frame, not yet checked against the clip; null when not given.</param>
/// <param name="Strength">Strength; null when not given.</param>
internal sealed record CellImage(string Path, long? Frame, double? Strength);

/// <summary>
/// Parses image cells: entries of the form <c>path[:frame[:strength]]</c>, separated by <c>|</c>. Paths may contain colons: of the
/// possible interpretations of an entry, the one with the longest path to an existing file is used.
/// </summary>
internal static class ImageCell
{
    /// <summary>Returns the images of a cell; errors are passed to <paramref name="error"/>.</summary>
    public static List<CellImage> Read(string cell, string folder, Action<string> error)
    {
        var images = new List<CellImage>();
        if (cell.Trim().Length == 0)
            return images;
        foreach (var entry in cell.Split('|', StringSplitOptions.TrimEntries))
        {
            if (entry.Length == 0)
            {
                error("An image is missing before or after a '|': delete the '|' or add the image.");
                continue;
            }

            var (path, frameText, strengthText) = Split(entry, folder);
            if (!TryAbsolute(path, folder, out var absolute) || !File.Exists(absolute))
            {
                error(Directory.Exists(absolute)
                    ? $"'{path}' is a folder: specify an image file."
                    : $"The image '{path}' does not exist ({absolute}).");
                continue;
            }

            var (frame, strength) = (0L, 0.0);
            if (frameText is not null && NumberText.ReadWhole(frameText, out frame) is { } noFrame)
                error($"Invalid frame after '{path}:': {noFrame}");
            else if (strengthText is not null && NumberText.ReadDecimal(strengthText, out strength) is { } noStrength)
                error($"Invalid strength after '{path}:{frameText}:': {noStrength}");
            else
                images.Add(new CellImage(absolute, frameText is null ? null : frame, strengthText is null ? null : strength));
        }

        return images;
    }

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
