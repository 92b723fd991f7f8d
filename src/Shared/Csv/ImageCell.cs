using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Csv;

/// <summary>One <c>path[:frame[:strength]]</c> of an image cell.</summary>
/// <param name="Path">Absolute path of the file.</param>
/// <param name="Frame">The frame, if the cell says it; not yet checked against the clip.</param>
/// <param name="Strength">The strength, if the cell says it.</param>
internal sealed record CellImage(string Path, long? Frame, double? Strength);

/// <summary>
/// Reads image cells: <c>path[:frame[:strength]]</c>, several separated by <c>|</c>. A path may hold colons itself: of the
/// ways to read an entry, the one whose file exists is right, the longest path first.
/// </summary>
internal static class ImageCell
{
    /// <summary>The images of a cell; what is wrong with them goes to <paramref name="fault"/>.</summary>
    public static List<CellImage> Read(string cell, string folder, Action<string> fault)
    {
        var images = new List<CellImage>();
        if (cell.Trim().Length == 0)
            return images;
        foreach (var entry in cell.Split('|', StringSplitOptions.TrimEntries))
        {
            if (entry.Length == 0)
            {
                fault("An image is missing before or after a '|': delete the '|' or name the image.");
                continue;
            }

            var (path, frameText, strengthText) = Split(entry, folder);
            if (!TryAbsolute(path, folder, out var absolute) || !File.Exists(absolute))
            {
                fault(Directory.Exists(absolute)
                    ? $"'{path}' is a folder: name an image file."
                    : $"The image '{path}' does not exist ({absolute}).");
                continue;
            }

            var (frame, strength) = (0L, 0.0);
            if (frameText is not null && NumberText.ReadWhole(frameText, out frame) is { } noFrame)
                fault($"The frame after '{path}:': {noFrame}");
            else if (strengthText is not null && NumberText.ReadDecimal(strengthText, out strength) is { } noStrength)
                fault($"The strength after '{path}:{frameText}:': {noStrength}");
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

        // No such file: what looks like numbers is not part of the name that the fault tells.
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
