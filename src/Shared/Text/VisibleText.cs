using System.Globalization;
using System.Text;

namespace MlxVideo.Shared.Text;

/// <summary>Detects text without any visible characters.</summary>
public static class VisibleText
{
    /// <summary>
    /// True when a text has no visible characters: only spaces, control and format characters, marks without a base character, and fillers.
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
        0xFFFC or 0xFFFD => false, // object replacement character, replacement character
        _ => Rune.GetUnicodeCategory(rune) is not (
            UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate),
    };
}
