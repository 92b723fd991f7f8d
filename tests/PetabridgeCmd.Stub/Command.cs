namespace Petabridge.Cmd;

/// <summary>A command as a client sent it.</summary>
public sealed class Command
{
    internal Command(CommandPalette palette, string name, IReadOnlyList<Tuple<string, string>> arguments) =>
        (Palette, Name, Arguments) = (palette, name, arguments);

    /// <summary>Switches with their values.</summary>
    public IReadOnlyList<Tuple<string, string>> Arguments { get; }

    internal CommandPalette Palette { get; }

    internal string Name { get; }
}

/// <summary>Parses the commands of a palette: a name, then switches with their values, which may be quoted.</summary>
public sealed class CommandParser(CommandPalette palette)
{
    /// <exception cref="FormatException">There is no such command, or an argument is wrong.</exception>
    internal Command Parse(IReadOnlyList<string> words)
    {
        if (words.Count == 0 || !palette.Commands.TryGetValue(words[0], out var command))
            throw new FormatException($"{palette.ModuleName} has no command '{(words.Count == 0 ? "" : words[0])}'.");
        var arguments = new List<Tuple<string, string>>();
        for (var index = 1; index < words.Count; index++)
        {
            var name = words[index];
            if (!command.ArgumentsByName.Values.Any(argument => argument.Switch.Contains(name)))
                throw new FormatException($"{command.Name} has no switch {name}.");
            var hasValue = index + 1 < words.Count && !words[index + 1].StartsWith('-');
            arguments.Add(Tuple.Create(name, hasValue ? words[++index] : ""));
        }

        var missing = command.ArgumentsByName.Values.FirstOrDefault(
            argument => argument.IsMandatory && !arguments.Exists(given => argument.Switch.Contains(given.Item1)));
        return missing is null
            ? new Command(palette, command.Name, arguments)
            : throw new FormatException($"{command.Name} needs {missing.Switch.First()}.");
    }
}

/// <summary>A response to a command.</summary>
public class CommandResponse(string msg, bool final = true)
{
    public static readonly CommandResponse Empty = new("");

    public string Msg { get; } = msg;

    internal bool Final { get; } = final;
}

/// <summary>An error.</summary>
public sealed class ErroredCommandResponse(string msg, bool final = true) : CommandResponse(msg, final);
