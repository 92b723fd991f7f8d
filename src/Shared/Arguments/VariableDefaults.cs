using System.CommandLine;

namespace MlxVideo.Shared.Arguments;

/// <summary>Default values of options from environment variables. A value on the command line takes precedence.</summary>
/// <param name="environment">The variables by name.</param>
public sealed class VariableDefaults(IReadOnlyDictionary<string, string> environment)
{
    private static readonly string[] On = ["1", "true", "yes", "on"];
    private static readonly string[] Off = ["0", "false", "no", "off"];

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<Option, string> _origins = [];

    /// <summary>Names of the variables that determine an option, set or not.</summary>
    public IReadOnlySet<string> Names => _names;

    /// <summary>Names of all variables of the environment.</summary>
    public IEnumerable<string> SetNames => environment.Keys;

    /// <summary>Lets a variable determine the option's value when it is not given; errors name the variable.</summary>
    public Option<T> Apply<T>(Option<T> option, string variable)
    {
        if (Read(option, variable) is not { } text)
            return option;
        var probe = new Command("probe") { option };
        option.DefaultValueFactory = result =>
        {
            var parsed = probe.Parse([option.Name, text]);
            foreach (var error in parsed.Errors)
                result.AddError(error.Message.Replace(option.Name, variable, StringComparison.Ordinal));
            return parsed.Errors.Count == 0 ? parsed.GetValue(option)! : default!;
        };
        return option;
    }

    /// <summary>Lets a variable determine a switch: 1, true, yes, on; 0, false, no, off.</summary>
    public Option<bool> ApplySwitch(Option<bool> option, string variable)
    {
        if (Read(option, variable) is not { } text)
            return option;
        option.DefaultValueFactory = result =>
        {
            var isOn = On.Contains(text.ToLowerInvariant());
            if (!isOn && !Off.Contains(text.ToLowerInvariant()))
                result.AddError($"{variable}: '{text}' is not a switch: use 1 or 0.");
            return isOn;
        };
        return option;
    }

    /// <summary>Returns what gave an option its value, for an error: the variable, or the option's name.</summary>
    public string OriginOf(Option option, ParseResult parsed) =>
        parsed.GetResult(option) is { Implicit: false } ? option.Name : _origins.GetValueOrDefault(option, option.Name);

    /// <summary>Registers a variable that is read elsewhere; returns its value, or null when it is not set or blank.</summary>
    public string? Read(string variable)
    {
        _names.Add(variable);
        return environment.GetValueOrDefault(variable)?.Trim() is { Length: > 0 } text ? text : null;
    }

    private string? Read(Option option, string variable)
    {
        option.Description += $" Variable: {variable}.";
        var text = Read(variable);
        if (text is not null)
            _origins[option] = variable;
        return text;
    }
}
