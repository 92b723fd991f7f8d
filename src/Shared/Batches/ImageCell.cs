using System.Globalization;

namespace MlxVideo.Shared.Batches;

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
                fault(Directory.Exists(absolute) ? $"'{path}' is a folder: name an image file." : $"The image '{path}' does not exist ({absolute}).");
                continue;
            }

            long? frame = null;
            double? strength = null;
            if (frameText is not null && (frame = CellNumbers.Integer(frameText)) is null)
                fault($"'{frameText}' after '{path}:' is not a frame number: write path:frame:strength, as in {path}:0:0.8.");
            else if (strengthText is not null && (strength = CellNumbers.Number(strengthText)) is null)
                fault($"'{strengthText}' after '{path}:{frameText}:' is not a strength from 0 to 1.");
            else
                images.Add(new CellImage(absolute, frame, strength));
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
        return ways.LastOrDefault(way => way.Frame is not null && CellNumbers.Integer(way.Frame) is not null
            && (way.Strength is null || CellNumbers.Number(way.Strength) is not null), ways[0]);
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

/// <summary>Reads the numbers of cells: plain decimal notation with a point, spaces around it allowed.</summary>
internal static class CellNumbers
{
    /// <summary>A whole number, at most the range of <see cref="long"/> (beyond it, its nearest end), or null.</summary>
    public static long? Integer(string text)
    {
        text = text.Trim();
        var digits = text.AsSpan(text.StartsWith('-') || text.StartsWith('+') ? 1 : 0);
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9'))
            return null;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            return value;
        return text.StartsWith('-') ? long.MinValue : long.MaxValue;
    }

    /// <summary>A decimal number, or null.</summary>
    public static double? Number(string text) =>
        double.TryParse(text.Trim(), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
        && double.IsFinite(value) ? value : null;
}
