using System.Text;

namespace MlxVideo.Shared.Text;

/// <summary>
/// Unicode Normalization Form C: equal text has equal characters, whether an accented letter was entered as one character or as letter and
/// combining accent. .NET's implementation requires ICU, which minimal Linux systems lack; without it, <see cref="string.Normalize()"/>
/// changes nothing, and rules based on it would differ between machines.
/// </summary>
public static class CanonicalText
{
    private const int HangulFirst = 0xAC00;
    private const int LeadFirst = 0x1100;
    private const int VowelFirst = 0x1161;
    private const int TrailBefore = 0x11A7;
    private const int Leads = 19;
    private const int Vowels = 21;
    private const int Trails = 28;

    /// <summary>Returns a text in normalization form C.</summary>
    public static string Compose(string text)
    {
        if (Ascii.IsValid(text))
            return text;
        var characters = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
            Decompose(rune.Value, characters);
        Order(characters);
        Compose(characters);
        var composed = new StringBuilder(characters.Count);
        foreach (var character in characters)
            composed.Append(new Rune(character));
        return composed.ToString();
    }

    private static void Decompose(int character, List<int> target)
    {
        if (character - HangulFirst is >= 0 and < Leads * Vowels * Trails and var syllable)
        {
            target.Add(LeadFirst + syllable / (Vowels * Trails));
            target.Add(VowelFirst + syllable / Trails % Vowels);
            if (syllable % Trails != 0)
                target.Add(TrailBefore + syllable % Trails);
        }
        else if (CanonicalMappings.Halves.TryGetValue(character, out var halves))
        {
            Decompose(halves.First, target);
            if (halves.Second != 0)
                Decompose(halves.Second, target);
        }
        else
            target.Add(character);
    }

    /// <summary>Sorts each run of marks by combining class (stable).</summary>
    private static void Order(List<int> characters)
    {
        for (var place = 1; place < characters.Count; place++)
        {
            var (mark, combining) = (characters[place], CanonicalMappings.ClassOf(characters[place]));
            if (combining == 0)
                continue;
            var target = place;
            for (; target > 0 && CanonicalMappings.ClassOf(characters[target - 1]) > combining; target--)
                characters[target] = characters[target - 1];
            characters[target] = mark;
        }
    }

    private static void Compose(List<int> characters)
    {
        var (starter, last, length) = (-1, 0, 0);
        foreach (var character in characters.ToArray())
        {
            var combining = CanonicalMappings.ClassOf(character);
            var isBlocked = starter >= 0 && length > starter + 1 && (last == 0 || last >= combining);
            if (starter >= 0 && !isBlocked && Whole(characters[starter], character) is { } whole)
            {
                characters[starter] = whole;
                continue;
            }

            if (combining == 0)
                starter = length;
            last = combining;
            characters[length++] = character;
        }

        characters.RemoveRange(length, characters.Count - length);
    }

    private static int? Whole(int first, int second)
    {
        if (first - LeadFirst is >= 0 and < Leads and var lead && second - VowelFirst is >= 0 and < Vowels and var vowel)
            return HangulFirst + (lead * Vowels + vowel) * Trails;
        if (first - HangulFirst is >= 0 and < Leads * Vowels * Trails and var syllable && syllable % Trails == 0
            && second - TrailBefore is > 0 and < Trails and var trail)
            return first + trail;
        return CanonicalMappings.Wholes.TryGetValue((first, second), out var whole) ? whole : null;
    }
}
