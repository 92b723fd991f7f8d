using System.CommandLine;
using System.Globalization;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Cluster.Configuration;

/// <summary>Command-line options that set configuration keys.</summary>
public sealed class ConfigurationArguments
{
    private readonly List<(string Group, string Key, Option Option, Func<ParseResult, string?> Read)> _arguments = [];
    private string _group = "Options";

    /// <summary>The options by group.</summary>
    public IReadOnlyList<OptionGroup> Groups => _arguments.GroupBy(argument => argument.Group, argument => argument.Option)
        .Select(group => new OptionGroup(group.Key, [.. group])).ToList();

    /// <summary>Begins a group of the help text; the options that follow belong to it.</summary>
    public void Begin(string title) => _group = title;

    /// <summary>Adds an option.</summary>
    /// <param name="key">The configuration key that the option sets.</param>
    /// <param name="format">Converts a value to configuration text; null for conversion with the invariant culture.</param>
    public Option<T> Add<T>(string key, Option<T> option, Func<T, string?>? format = null)
    {
        _arguments.Add((_group, key, option, parsed => Format(parsed.GetValue(option), format)));
        return option;
    }

    /// <summary>Returns the keys that a command line sets; omitted options set none.</summary>
    public IReadOnlyDictionary<string, string?> Read(ParseResult parsed) => _arguments
        .Where(argument => parsed.GetResult(argument.Option) is { Implicit: false })
        .ToDictionary(argument => argument.Key, argument => argument.Read(parsed));

    private static string? Format<T>(T? value, Func<T, string?>? format) => value is null
        ? null
        : format is null ? Convert.ToString(value, CultureInfo.InvariantCulture) : format(value);
}
