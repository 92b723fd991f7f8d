using System.CommandLine;
using System.Globalization;

namespace MlxVideo.Cluster.Configuration;

/// <summary>Command-line options that set configuration keys.</summary>
public sealed class ConfigurationArguments
{
    private readonly List<(string Key, Option Option, Func<ParseResult, string?> Read)> _arguments = [];

    /// <summary>The options.</summary>
    public IEnumerable<Option> Options => _arguments.Select(argument => argument.Option);

    /// <summary>The keys, with the options that set them.</summary>
    public IReadOnlyDictionary<string, string> Names => _arguments.ToDictionary(argument => argument.Key, argument => argument.Option.Name);

    /// <summary>Adds an option.</summary>
    /// <param name="key">The key that it sets.</param>
    /// <param name="option">The option.</param>
    /// <param name="format">Writes its value as the configuration's text; the invariant culture's by default.</param>
    public Option<T> Add<T>(string key, Option<T> option, Func<T, string?>? format = null)
    {
        _arguments.Add((key, option, parsed => Format(parsed.GetValue(option), format)));
        return option;
    }

    /// <summary>The keys that a command line sets; options that were left out set none.</summary>
    public IReadOnlyDictionary<string, string?> Read(ParseResult parsed) => _arguments
        .Where(argument => parsed.GetResult(argument.Option) is { Implicit: false })
        .ToDictionary(argument => argument.Key, argument => argument.Read(parsed));

    private static string? Format<T>(T? value, Func<T, string?>? format) => value is null
        ? null
        : format is null ? Convert.ToString(value, CultureInfo.InvariantCulture) : format(value);
}
