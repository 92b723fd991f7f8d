using Akka.Actor;

namespace Petabridge.Cmd.Host;

/// <summary>Handles the commands of a palette for one connection.</summary>
public abstract class CommandHandlerActor : ReceiveActor
{
    private readonly Dictionary<string, Action<Command>> _handlers = [];
    private readonly CommandPalette _palette;

    protected CommandHandlerActor(CommandPalette palette)
    {
        _palette = palette;
        Receive<Command>(command => _handlers[command.Name](command));
    }

    protected void Process(string name, Action<Command> handler)
    {
        if (!_palette.Commands.ContainsKey(name))
            throw new ArgumentException($"The palette {_palette.ModuleName} does not define {name}.", nameof(name));
        _handlers.Add(name, handler);
    }
}

/// <summary>Offers a palette to clients.</summary>
public abstract class CommandPaletteHandler(CommandPalette palette)
{
    public CommandPalette Palette { get; } = palette;

    public abstract Props HandlerProps { get; }

    public virtual void OnRegister(PetabridgeCmd plugin)
    {
    }
}
