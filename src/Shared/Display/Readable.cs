using System.Globalization;

namespace MlxVideo.Shared.Display;

/// <summary>
/// Quantities as people read them, the same in every culture. Any number has a text: estimates may be far off, and a display
/// must not fail by them.
/// </summary>
public static class Readable
{
    /// <summary>What stands for a number that is none.</summary>
    public const string Unknown = "unknown";

    private const long LongestHours = 9999;
    private const double Gibibyte = 1L << 30;
    private const double LargestNumber = 1e15;

    /// <summary>
    /// A duration: <c>8.2 s</c>, from a minute on <c>4:05</c>, from an hour on <c>30:04:05</c>. Negative ones count as none.
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

    /// <summary>A number with so many decimals at most; one too large to be read is written with an exponent.</summary>
    public static string Number(double value, int decimals = 1) => value switch
    {
        double.NaN => Unknown,
        double.PositiveInfinity => "infinite",
        double.NegativeInfinity => "-infinite",
        _ when Math.Abs(value) >= LargestNumber => value.ToString("0.#e+0", CultureInfo.InvariantCulture),
        _ => value.ToString($"0.{new string('#', decimals)}", CultureInfo.InvariantCulture) is var text and not "-0" ? text : "0",
    };

    /// <summary>A number with just so many decimals, for columns.</summary>
    public static string Column(double value, int decimals = 1) =>
        double.IsFinite(value) && Math.Abs(value) < LargestNumber
            ? value.ToString($"F{decimals}", CultureInfo.InvariantCulture)
            : Number(value, decimals);

    /// <summary>Bytes in GiB with one decimal: <c>12.5 GiB</c>.</summary>
    public static string Gibibytes(double bytes) => $"{Column(bytes / Gibibyte)} GiB";
}
