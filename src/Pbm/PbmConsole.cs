using Akka.Actor;
using Akka.Hosting;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Commands.Definitions;
using Petabridge.Cmd.Cluster;
using Petabridge.Cmd.Host;
using Petabridge.Cmd.Remote;

namespace MlxVideo.Pbm;

/// <summary>
/// Lets <c>pbm</c> operate the farm from a node: the palettes <c>farm</c> and <c>worker</c>, which follow from
/// <see cref="FarmCommands"/>, beside <c>cluster</c>, <c>remote</c> and <c>actor</c> of Petabridge.Cmd.
/// </summary>
public static class PbmConsole
{
    // pbm does not authenticate its users.
    private const string Loopback = "127.0.0.1";

    /// <summary>Adds the console to a node.</summary>
    /// <param name="akka">The node.</param>
    /// <param name="port">TCP port on loopback; 0 for no console.</param>
    /// <param name="farm">Returns the farm when a command is executed.</param>
    public static void Add(AkkaConfigurationBuilder akka, int port, Func<IFarmGateway> farm)
    {
        if (port == 0)
            return;
        akka.AddPetabridgeCmd(new PetabridgeCmdOptions { Host = Loopback, Port = port }, host =>
        {
            host.RegisterCommandPalette(ClusterCommands.Instance);
            host.RegisterCommandPalette(new RemoteCommands());
            host.RegisterCommandPalette(new FarmPaletteHandler(FarmPalette.Farm, farm));
            host.RegisterCommandPalette(new FarmPaletteHandler(FarmPalette.Worker, farm));
        });
    }
}
