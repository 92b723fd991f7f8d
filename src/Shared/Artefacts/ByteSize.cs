using System.Globalization;

namespace MlxVideo.Shared.Artefacts;

/// <summary>Formats file sizes.</summary>
public static class ByteSize
{
    private static readonly string[] Units = ["bytes", "kB", "MB", "GB", "TB"];

    private const double MaxBytes = 1e18;

    /// <summary>Parses a size such as <c>200GB</c>, <c>1.5 TB</c> or a number of bytes; null for anything else.</summary>
    public static long? Parse(string text)
    {
        var unit = Array.FindLastIndex(Units, unit => text.EndsWith(unit, StringComparison.OrdinalIgnoreCase));
        var number = text.AsSpan(0, text.Length - (unit < 0 ? 0 : Units[unit].Length)).Trim();
        return double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && value * Math.Pow(1000, Math.Max(unit, 0)) is > 0 and < MaxBytes and var bytes
                ? (long)bytes
                : null;
    }

    /// <summary>Returns why a text is not a size, as one sentence; null when it is one.</summary>
    public static string? FindError(string text) =>
        Parse(text) is null ? $"'{text}' is not a size: write a number with a unit, as in 200GB." : null;

    /// <summary>Formats a size as <c>1.4 GB</c>, in decimal units like file managers.</summary>
    public static string Text(long bytes)
    {
        var (size, unit) = ((double)bytes, 0);
        while (size >= 1000 && unit < Units.Length - 1)
            (size, unit) = (size / 1000, unit + 1);
        return string.Create(CultureInfo.InvariantCulture, $"{size:0.#} {Units[unit]}");
    }
}
