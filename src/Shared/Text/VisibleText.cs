using System.Globalization;
using System.Text;

namespace MlxVideo.Shared.Text;

/// <summary>Tells text that shows something from text that only looks empty.</summary>
public static class VisibleText
{
    /// <summary>
    /// True when nothing of a text is visible: spaces, control and format characters, marks without a character to stand on, fillers.
    /// </summary>
    public static bool IsBlank(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsVisible(rune))
                return false;
        }

        return true;
    }

    private static bool IsVisible(Rune rune) => rune.Value switch
    {
        0x2800 => false, // Braille pattern without dots
        0x115F or 0x1160 or 0x3164 or 0xFFA0 => false, // Hangul fillers
        0xFFFC or 0xFFFD => false, // what stands for an object or a character that was lost
        _ => Rune.GetUnicodeCategory(rune) is not (
            UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate),
    };
}
