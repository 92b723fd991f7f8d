using System.Globalization;
using System.Text.RegularExpressions;

namespace MlxVideo.Shared.Text;

/// <summary>
/// Parses numbers in command lines, CSV cells and URLs, independently of the culture: the digits 0 to 9, an optional sign, a decimal
/// point, surrounding spaces. Decimal numbers may have an exponent (1e-3); a whole number may have zeros after the point (64.0), as written
/// by spreadsheets. Everything else is rejected, in particular commas, which separate decimals in some countries and group thousands in
/// others.
/// </summary>
public static partial class NumberText
{
    /// <summary>From this magnitude, programs that store whole numbers as floating-point numbers lose digits.</summary>
    private const long LargestExactDecimal = 1L << 53;

    /// <summary>Parses a decimal number; returns the error, or null on success.</summary>
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

    /// <summary>Parses a whole number; returns the error, or null on success.</summary>
    public static string? ReadWhole(string text, out long value)
    {
        value = 0;
        var trimmed = text.Trim();
        if (WholePattern().Match(trimmed) is not { Success: true } match)
        {
            return DecimalPattern().IsMatch(trimmed) && ExponentAt(trimmed) < trimmed.Length
                ? $"{NumberRepair.Quoted(trimmed)} is not a whole number: write all digits instead of an exponent."
                : NumberRepair.Reason(trimmed, "a whole number", Suggestions);
        }

        var digits = match.Groups["number"].ValueSpan;
        if (!long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed))
        {
            return trimmed[0] == '-'
                ? $"{NumberRepair.Quoted(trimmed)} is too small: the minimum is {long.MinValue}."
                : $"{NumberRepair.Quoted(trimmed)} is too large: the maximum is {long.MaxValue}.";
        }

        if (digits.Length < trimmed.Length && parsed is >= LargestExactDecimal or <= -LargestExactDecimal)
        {
            return $"{NumberRepair.Quoted(trimmed)} may have lost digits when it was stored as a decimal number: "
                + "write it without a decimal point.";
        }

        value = parsed;
        return null;

        static IEnumerable<string> Suggestions(string repaired) =>
            WholePattern().IsMatch(repaired) && ReadWhole(repaired, out var whole) is null
                ? [whole.ToString(CultureInfo.InvariantCulture)]
                : [];
    }

    /// <summary>
    /// True for digits with signs, points and commas: intended as a number, valid or not, rather than as a file name.
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
