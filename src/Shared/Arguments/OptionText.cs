using System.CommandLine;
using System.Globalization;

namespace MlxVideo.Shared.Arguments;

/// <summary>Texts about an option, for its help and for documents.</summary>
public static class OptionText
{
    /// <summary>Returns the short names and the name, with a placeholder of the value: <c>-s, --seed &lt;seed&gt;</c>.</summary>
    public static string Usage(Option option)
    {
        var value = option.ValueType == typeof(bool) ? "" : $" <{option.HelpName ?? option.Name.TrimStart('-')}>";
        return $"{string.Join(", ", Aliases(option, areLong: false).Append(option.Name))}{value}";
    }

    /// <summary>Returns the description with further names, whether the option is required, and its default.</summary>
    public static string Description(Option option)
    {
        var otherNames = Aliases(option, areLong: true).ToList();
        return $"{option.Description}{(otherNames.Count > 0 ? $" Also: {string.Join(", ", otherNames)}." : "")}"
            + $"{(option.Required ? " Required." : "")}{Default(option)}";
    }

    private static IEnumerable<string> Aliases(Option option, bool areLong) =>
        option.Aliases.Where(alias => alias.StartsWith("--", StringComparison.Ordinal) == areLong).Order(StringComparer.Ordinal);

    private static string Default(Option option) =>
        option.HasDefaultValue && option.ValueType != typeof(bool)
            && Convert.ToString(option.GetDefaultValue(), CultureInfo.InvariantCulture) is { Length: > 0 } value
            && option.ValueType.IsValueType
            ? $" [default: {value}]"
            : "";
}
