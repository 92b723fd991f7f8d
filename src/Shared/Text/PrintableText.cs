using System.Globalization;

namespace MlxVideo.Shared.Text;

/// <summary>Text of other processes that is shown in a line on a terminal.</summary>
public static class PrintableText
{
    private const string Cut = "…";

    /// <summary>
    /// Returns a text as one line: cut to a length, and without characters that could end the line or change a terminal's state. Applying
    /// it again changes nothing.
    /// </summary>
    /// <param name="text">The text; null, which a message of another version may have, counts as empty.</param>
    /// <param name="maxLength">Maximum length in characters; an ellipsis is added to a longer text.</param>
    public static string Of(string? text, int maxLength)
    {
        text ??= "";
        var cut = text.Length <= maxLength ? text : string.Concat(text.AsSpan(0, maxLength), Cut);
        return string.Create(cut.Length, cut, (characters, original) =>
        {
            for (var i = 0; i < characters.Length; i++)
            {
                characters[i] = original[i] switch
                {
                    var control when EndsLineOrControls(control) => ' ',
                    var half when char.IsSurrogate(half) && !IsPaired(original, i) => '?',
                    var other => other,
                };
            }
        });
    }

    private static bool EndsLineOrControls(char character) => char.IsControl(character)
        || char.GetUnicodeCategory(character) is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static bool IsPaired(string text, int i) =>
        (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1])) || (i > 0 && char.IsSurrogatePair(text[i - 1], text[i]));
}
