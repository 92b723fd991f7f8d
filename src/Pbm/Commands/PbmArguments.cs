using MlxVideo.Shared.Commands.Definitions;

namespace MlxVideo.Pbm.Commands;

/// <summary>The values that a user gave for the arguments of a command.</summary>
internal sealed class PbmArguments
{
    private readonly Dictionary<string, object> _values = new(StringComparer.Ordinal);

    /// <summary>Reads the values.</summary>
    /// <param name="command">The command.</param>
    /// <param name="given">Switches with their values; a flag may have none.</param>
    /// <exception cref="FarmRequestException">A switch is unknown or given twice, or its value is invalid.</exception>
    public static PbmArguments Read(PbmCommand command, IEnumerable<KeyValuePair<string, string>> given)
    {
        var arguments = new PbmArguments();
        foreach (var (name, value) in given)
        {
            var argument = command.Arguments.FirstOrDefault(argument => SwitchesOf(argument).Contains(name, StringComparer.Ordinal))
                ?? throw new FarmRequestException(
                    FarmRequestError.Invalid, $"{command.Name} has no argument {name}: 'help' lists the arguments.");
            var parsed = argument.IsFlag && string.IsNullOrEmpty(value) ? true : argument.Parse(value);
            if (!arguments._values.TryAdd(argument.Name, parsed))
                throw new FarmRequestException(FarmRequestError.Invalid, $"{name} is given twice.");
        }

        return arguments;
    }

    /// <summary>Switches of an argument: with two hyphens as on the command line, or with one as in Petabridge.Cmd's palettes.</summary>
    public static IReadOnlyList<string> SwitchesOf(FarmArgument argument) => [$"--{argument.OptionName}", $"-{argument.OptionName}"];

    /// <summary>Returns the value of an argument; null when it was not given.</summary>
    public object? Find(FarmArgument argument) => _values.GetValueOrDefault(argument.Name);
}
