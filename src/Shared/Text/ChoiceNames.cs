using System.Text.Json;

namespace MlxVideo.Shared.Text;

/// <summary>Names of enumeration members for users: <c>euler-ancestral</c>.</summary>
public static class ChoiceNames
{
    /// <summary>Returns the names, in the order of the members.</summary>
    public static IReadOnlyList<string> Of<TChoice>()
        where TChoice : struct, Enum => Enum.GetValues<TChoice>().Select(Name).ToList();

    /// <summary>Returns a member's name.</summary>
    public static string Name<TChoice>(TChoice choice)
        where TChoice : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(choice.ToString());

    /// <summary>Returns the names as a list for a sentence: <c>euler, euler-ancestral or res2s</c>.</summary>
    public static string List<TChoice>()
        where TChoice : struct, Enum
    {
        var names = Of<TChoice>();
        return $"{string.Join(", ", names.SkipLast(1))} or {names[^1]}";
    }

    /// <summary>Finds a member by its name, ignoring case, with hyphens, underscores or neither.</summary>
    /// <returns>The error in one sentence; null when there is none.</returns>
    public static string? Read<TChoice>(string text, out TChoice choice)
        where TChoice : struct, Enum
    {
        foreach (var value in Enum.GetValues<TChoice>())
        {
            if (Plain(Name(value)).Equals(Plain(text), StringComparison.OrdinalIgnoreCase))
            {
                choice = value;
                return null;
            }
        }

        choice = default;
        return $"'{text}' is unknown: use {List<TChoice>()}.";
    }

    private static string Plain(string name) =>
        name.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
}
