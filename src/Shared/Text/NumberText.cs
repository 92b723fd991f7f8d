using System.Globalization;
using System.Text.RegularExpressions;

namespace MlxVideo.Shared.Text;

/// <summary>
/// Numbers as people write them on command lines, in CSV cells and in URLs, independent of the culture: the digits 0 to 9, an
/// optional sign, a decimal point, surrounding spaces. Decimal numbers may have an exponent (1e-3); a whole number may have
/// zeros after the point (64.0), as spreadsheets write it. Everything else is refused, above all a comma, which is a decimal
/// separator in one country and groups thousands in another.
/// </summary>
public static partial class NumberText
{
    /// <summary>From here on, a program that stores whole numbers as decimals drops digits.</summary>
    private const long LargestExactDecimal = 1L << 53;

    /// <summary>Reads a decimal number; returns the reason if it can't, else null.</summary>
    public static string? ReadDecimal(string text, out double value)
    {
        value = 0;
        var trimmed = text.Trim();
        if (!DecimalPattern().IsMatch(trimmed))
            return NumberRepair.Reason(trimmed, "a number", Suggestions);
        var parsed = double.Parse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (!double.IsFinite(parsed))
            return $"{NumberRepair.Quoted(trimmed)} is too large.";
        if (parsed == 0 && trimmed.AsSpan(0, ExponentAt(trimmed)).ContainsAnyInRange('1', '9'))
            return $"{NumberRepair.Quoted(trimmed)} is too close to 0.";
        value = parsed + 0.0; // -0 becomes 0
        return null;

        static IEnumerable<string> Suggestions(string repaired) => DecimalPattern().IsMatch(repaired) ? [repaired] : [];
    }

    /// <summary>Reads a whole number; returns the reason if it can't, else null.</summary>
    public static string? ReadWhole(string text, out long value)
    {
        value = 0;
        var trimmed = text.Trim();
        if (WholePattern().Match(trimmed) is not { Success: true } match)
        {
            return DecimalPattern().IsMatch(trimmed) && ExponentAt(trimmed) < trimmed.Length
                ? $"{NumberRepair.Quoted(trimmed)} is not a whole number: write all of its digits instead of an exponent."
                : NumberRepair.Reason(trimmed, "a whole number", Suggestions);
        }

        var digits = match.Groups["number"].ValueSpan;
        if (!long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed))
        {
            return trimmed[0] == '-'
                ? $"{NumberRepair.Quoted(trimmed)} is too small: whole numbers begin at {long.MinValue}."
                : $"{NumberRepair.Quoted(trimmed)} is too large: whole numbers end at {long.MaxValue}.";
        }

        if (digits.Length < trimmed.Length && parsed is >= LargestExactDecimal or <= -LargestExactDecimal)
        {
            return $"{NumberRepair.Quoted(trimmed)} may have lost digits where it was stored as a decimal number: "
                + "write the whole number, without a point.";
        }

        value = parsed;
        return null;

        static IEnumerable<string> Suggestions(string repaired) =>
            WholePattern().IsMatch(repaired) && ReadWhole(repaired, out var whole) is null
                ? [whole.ToString(CultureInfo.InvariantCulture)]
                : [];
    }

    /// <summary>
    /// True for digits with signs, points and commas: meant as a number, be it a good one or not, rather than as the name of a file.
    /// </summary>
    public static bool LooksLikeNumber(string text) => NumberLikePattern().IsMatch(text.Trim());

    private static int ExponentAt(string number) => number.AsSpan().IndexOfAny('e', 'E') is var place and >= 0 ? place : number.Length;

    [GeneratedRegex(@"\A[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex DecimalPattern();

    [GeneratedRegex(@"\A(?<number>[+-]?[0-9]+)(\.0*)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex WholePattern();

    [GeneratedRegex(@"\A[+-]?[0-9.,]*[0-9][0-9.,]*([eE][+-]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex NumberLikePattern();
}
