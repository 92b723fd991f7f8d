using System.CommandLine;

namespace MlxVideo.Shared.Arguments;

/// <summary>Other names of an option.</summary>
public static class OptionAliases
{
    /// <summary>Gives an option more names: short ones, such as <c>-n</c>, and those of other programs.</summary>
    public static TOption WithAliases<TOption>(this TOption option, params IReadOnlyList<string> aliases)
        where TOption : Option
    {
        foreach (var alias in aliases)
            option.Aliases.Add(alias);
        return option;
    }
}
