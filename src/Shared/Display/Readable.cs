using System.Globalization;

namespace MlxVideo.Shared.Display;

/// <summary>
/// Formats quantities for display, independently of the culture. Every number has a representation: estimates may be arbitrarily wrong,
/// and the display must not fail because of them.
/// </summary>
public static class Readable
{
    /// <summary>Text for NaN.</summary>
    public const string Unknown = "unknown";

    private const long LongestHours = 9999;
    private const double Gibibyte = 1L << 30;
    private const double LargestNumber = 1e15;

    /// <summary>
    /// Formats a duration: <c>8.2 s</c>, from one minute <c>4:05</c>, from one hour <c>30:04:05</c>. Negative durations are shown as 0.
    /// </summary>
    public static string Duration(double seconds)
    {
        if (double.IsNaN(seconds))
            return Unknown;
        if (seconds < 59.95)
            return string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, seconds):0.0} s");
        if (seconds >= (LongestHours + 1) * 3600)
            return string.Create(CultureInfo.InvariantCulture, $"over {LongestHours} hours");
        var whole = (long)Math.Round(seconds);
        return whole < 3600
            ? string.Create(CultureInfo.InvariantCulture, $"{whole / 60}:{whole % 60:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{whole / 3600}:{whole / 60 % 60:00}:{whole % 60:00}");
    }

    /// <summary>Formats a number with a maximum number of decimals; very large numbers use an exponent.</summary>
    public static string Number(double value, int decimals = 1) => value switch
    {
        double.NaN => Unknown,
        double.PositiveInfinity => "infinite",
        double.NegativeInfinity => "-infinite",
        _ when Math.Abs(value) >= LargestNumber => value.ToString("0.#e+0", CultureInfo.InvariantCulture),
        _ => value.ToString($"0.{new string('#', decimals)}", CultureInfo.InvariantCulture) is var text and not "-0" ? text : "0",
    };

    /// <summary>Formats a number with a fixed number of decimals, for columns.</summary>
    public static string Column(double value, int decimals = 1) =>
        double.IsFinite(value) && Math.Abs(value) < LargestNumber
            ? value.ToString($"F{decimals}", CultureInfo.InvariantCulture)
            : Number(value, decimals);

    /// <summary>Formats bytes in GiB with one decimal: <c>12.5 GiB</c>.</summary>
    public static string Gibibytes(double bytes) => $"{Column(bytes / Gibibyte)} GiB";
}
