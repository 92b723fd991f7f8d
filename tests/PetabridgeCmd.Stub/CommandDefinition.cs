namespace Petabridge.Cmd;

/// <summary>A command of a palette.</summary>
public sealed class CommandDefinition
{
    internal CommandDefinition(string name, string description, IReadOnlyDictionary<string, ArgumentDefinition> arguments) =>
        (Name, Description, ArgumentsByName) = (name, description, arguments);

    public string Name { get; }

    public IReadOnlyDictionary<string, ArgumentDefinition> ArgumentsByName { get; }

    internal string Description { get; }
}

/// <summary>An argument of a command.</summary>
public sealed class ArgumentDefinition
{
    internal ArgumentDefinition(string name, IReadOnlySet<string> switches, bool isMandatory) =>
        (Name, Switch, IsMandatory) = (name, switches, isMandatory);

    public IReadOnlySet<string> Switch { get; }

    internal string Name { get; }

    internal bool IsMandatory { get; }
}

/// <summary>Commands with a common name.</summary>
public sealed class CommandPalette(string moduleName, IEnumerable<CommandDefinition> commands)
{
    public string ModuleName { get; } = moduleName;

    internal IReadOnlyDictionary<string, CommandDefinition> Commands { get; } = commands.ToDictionary(command => command.Name);
}
