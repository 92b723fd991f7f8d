using System.Collections.Frozen;
using System.Globalization;

namespace MlxVideo.Shared.Text;

/// <summary>Unicode tables for <see cref="CanonicalText"/>, read from <c>Canonical.txt</c>.</summary>
internal static class CanonicalMappings
{
    private static readonly FrozenDictionary<int, int> Classes;

    static CanonicalMappings()
    {
        var (halves, wholes, classes) = (new Dictionary<int, (int, int)>(), new Dictionary<(int, int), int>(), new Dictionary<int, int>());
        foreach (var line in Lines())
        {
            if (line.Split(' ') is not ["D" or "S" or "C", ..] fields)
                continue;
            var (first, second) = (Hex(fields[1]), Hex(fields[2]));
            switch (fields[0])
            {
                case "C":
                    for (var character = first; character <= second; character++)
                        classes[character] = int.Parse(fields[3], CultureInfo.InvariantCulture);
                    break;
                case var kind:
                    var pair = (second, fields.Length > 3 ? Hex(fields[3]) : 0);
                    halves[first] = pair;
                    if (kind == "D")
                        wholes[pair] = first;
                    break;
            }
        }

        (Halves, Wholes, Classes) = (halves.ToFrozenDictionary(), wholes.ToFrozenDictionary(), classes.ToFrozenDictionary());
    }

    /// <summary>Canonical decompositions; the second character is 0 for decompositions to a single character.</summary>
    public static FrozenDictionary<int, (int First, int Second)> Halves { get; }

    /// <summary>Canonical compositions of two characters.</summary>
    public static FrozenDictionary<(int First, int Second), int> Wholes { get; }

    /// <summary>Returns a character's canonical combining class; 0 for all characters that are not marks.</summary>
    public static int ClassOf(int character) => Classes.GetValueOrDefault(character);

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static IEnumerable<string> Lines()
    {
        using var stream = typeof(CanonicalMappings).Assembly.GetManifestResourceStream(typeof(CanonicalMappings), "Canonical.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            yield return line;
    }
}
