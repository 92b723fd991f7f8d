using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace MlxVideo.Shared.Text;

/// <summary>Explains why a text is not a valid number and suggests the number that was probably meant.</summary>
internal static partial class NumberRepair
{
    private const int LongestQuote = 40;

    private static readonly char[] QuotationMarks =
        [' ', '"', '\'', '\u2018', '\u2019', '\u201A', '\u201C', '\u201D', '\u201E', '\u00AB', '\u00BB'];

    /// <summary>Returns the error for an invalid <paramref name="text"/>, with suggestions if there are any.</summary>
    /// <param name="text">The invalid text, trimmed.</param>
    /// <param name="wanted">The expected kind of number: <c>a whole number</c>.</param>
    /// <param name="accepted">Returns the suggestion for a repaired text; empty if that is invalid too.</param>
    public static string Reason(string text, string wanted, Func<string, IEnumerable<string>> accepted)
    {
        if (text.Length == 0)
            return "The value is empty: enter a number.";
        var suggestions = Candidates(Ascii(text)).SelectMany(accepted).Distinct().ToList();
        return suggestions.Count == 0
            ? $"{Quoted(text)} is not {wanted}."
            : $"{Quoted(text)} is not {wanted}: write {string.Join(" or ", suggestions)}.";
    }

    /// <summary>Quotes a text, shortened.</summary>
    public static string Quoted(string text) => text.Length <= LongestQuote ? $"'{text}'" : $"'{text[..LongestQuote]}…'";

    /// <summary>
    /// Returns the text with ASCII digits and signs, without surrounding quotation marks, and without spaces, apostrophes and underscores
    /// between digits.
    /// </summary>
    private static string Ascii(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber)
                plain.Append((int)Rune.GetNumericValue(rune));
            else if (rune.Value is '\u2212' or '\u2013' or '\uFF0D') // minus sign, en dash, full-width hyphen
                plain.Append('-');
            else if (rune.Value is '\uFF0E') // full-width point
                plain.Append('.');
            else
                plain.Append(rune);
        }

        return Grouping().Replace(plain.ToString().Trim(QuotationMarks), "");
    }

    private static IEnumerable<string> Candidates(string text)
    {
        if (PointGroups().IsMatch(text))
            yield return text.Replace(".", "", StringComparison.Ordinal).Replace(',', '.');
        else if (CommaGroups().IsMatch(text))
            yield return text.Replace(",", "", StringComparison.Ordinal);
        else if (AmbiguousComma().IsMatch(text))
        {
            yield return text.Replace(',', '.');
            yield return text.Replace(",", "", StringComparison.Ordinal);
        }
        else if (DecimalComma().IsMatch(text))
            yield return text.Replace(',', '.');
        else
            yield return text;
    }

    [GeneratedRegex(@"(?<=[0-9])[\s_'\u2019](?=[0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex Grouping();

    [GeneratedRegex(@"\A[+-]?[0-9]{1,3}((\.[0-9]{3})+,[0-9]+|(\.[0-9]{3}){2,})\z", RegexOptions.CultureInvariant)]
    private static partial Regex PointGroups();

    [GeneratedRegex(@"\A[+-]?[0-9]{1,3}((,[0-9]{3})+\.[0-9]*|(,[0-9]{3}){2,})\z", RegexOptions.CultureInvariant)]
    private static partial Regex CommaGroups();

    [GeneratedRegex(@"\A[+-]?[1-9][0-9]{0,2},[0-9]{3}\z", RegexOptions.CultureInvariant)]
    private static partial Regex AmbiguousComma();

    [GeneratedRegex(@"\A[+-]?[0-9]*,[0-9]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex DecimalComma();
}
