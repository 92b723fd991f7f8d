namespace Petabridge.Cmd;

/// <summary>Builds the definition of a command.</summary>
public sealed class CommandDefinitionBuilder
{
    private readonly List<ArgumentDefinition> _arguments = [];
    private string _name = "";
    private string _description = "";

    public CommandDefinitionBuilder WithName(string name)
    {
        _name = name;
        return this;
    }

    public CommandDefinitionBuilder WithDescription(string description)
    {
        _description = description;
        return this;
    }

    public CommandDefinitionBuilder WithArgument(Func<ArgumentDefinitionBuilder, ArgumentDefinitionBuilder> build)
    {
        _arguments.Add(build(new ArgumentDefinitionBuilder()).Build());
        return this;
    }

    public CommandDefinition Build() => new(
        _name.Length > 0 ? _name : throw new InvalidOperationException("A command needs a name."),
        _description.Length > 0 ? _description : throw new InvalidOperationException($"{_name} needs a description."),
        _arguments.ToDictionary(argument => argument.Name));
}

/// <summary>Builds the definition of an argument.</summary>
public sealed class ArgumentDefinitionBuilder
{
    private readonly HashSet<string> _switches = new(StringComparer.Ordinal);
    private string _name = "";
    private bool _isMandatory;

    public ArgumentDefinitionBuilder WithName(string name)
    {
        _name = name;
        return this;
    }

    public ArgumentDefinitionBuilder WithDescription(string description) =>
        description.Length > 0 ? this : throw new ArgumentException("An argument needs a description.", nameof(description));

    public ArgumentDefinitionBuilder IsMandatory(bool isMandatory)
    {
        _isMandatory = isMandatory;
        return this;
    }

    public ArgumentDefinitionBuilder WithSwitch(string name)
    {
        _switches.Add(name);
        return this;
    }

    internal ArgumentDefinition Build() => new(
        _name, _switches.Count > 0 ? _switches : throw new InvalidOperationException($"{_name} needs a switch."), _isMandatory);
}
