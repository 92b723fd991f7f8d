using Akka.Actor;
using MlxVideo.Pbm.Commands;
using MlxVideo.Shared.Commands;
using Petabridge.Cmd;
using Petabridge.Cmd.Host;

namespace MlxVideo.Pbm;

/// <summary>Executes the commands of one palette for one connection; each in a child, which ends with the connection.</summary>
internal sealed class PaletteActor : CommandHandlerActor
{
    public PaletteActor(CommandPalette palette, IReadOnlyList<PbmCommand> commands, Func<IFarmGateway> farm)
        : base(palette)
    {
        foreach (var command in commands)
            Process(command.Name, given => Execute(command, given, farm));
    }

    private void Execute(PbmCommand command, Command given, Func<IFarmGateway> farm)
    {
        var arguments = given.Arguments.Select(argument => KeyValuePair.Create(argument.Item1, argument.Item2)).ToList();
        var client = Sender;
        Context.ActorOf(Props.Create(() => new ExecutionActor(command, arguments, farm, client)));
    }
}
