using Akka.Actor;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Pbm.Commands;
using Petabridge.Cmd;
using Petabridge.Cmd.Host;

namespace MlxVideo.Pbm;

/// <summary>A palette of farm commands.</summary>
internal sealed class FarmPaletteHandler : CommandPaletteHandler
{
    private readonly IReadOnlyList<PbmCommand> _commands;
    private readonly Func<IFarmGateway> _farm;

    /// <param name="palette">Group of the commands.</param>
    /// <param name="farm">Returns the farm when a command is executed.</param>
    public FarmPaletteHandler(FarmPalette palette, Func<IFarmGateway> farm)
        : this(PbmCommand.Of(palette), palette, farm)
    {
    }

    private FarmPaletteHandler(IReadOnlyList<PbmCommand> commands, FarmPalette palette, Func<IFarmGateway> farm)
        : base(new CommandPalette(palette.ToString().ToLowerInvariant(), commands.Select(Define).ToList())) =>
        (_commands, _farm) = (commands, farm);

    /// <summary>Properties of the actor that Petabridge.Cmd starts for each connection.</summary>
    public override Props HandlerProps => Props.Create(() => new PaletteActor(Palette, _commands, _farm));

    private static CommandDefinition Define(PbmCommand command)
    {
        var builder = new CommandDefinitionBuilder().WithName(command.Name).WithDescription(command.Summary);
        foreach (var argument in command.Arguments)
            builder = builder.WithArgument(definition =>
            {
                var described = definition.WithName(argument.OptionName).WithDescription(argument.Help).IsMandatory(argument.IsRequired);
                foreach (var name in PbmArguments.SwitchesOf(argument))
                    described = described.WithSwitch(name);
                return described;
            });
        return builder.Build();
    }
}
