using Akka.Hosting;
using MlxVideo.Shared.Commands;

namespace MlxVideo.Cluster.Hosting;

/// <summary>Adds a console for operators to a node's actor system.</summary>
/// <param name="akka">The actor system's configuration.</param>
/// <param name="port">TCP port on loopback; 0 for no console.</param>
/// <param name="farm">Returns the farm when a command is executed.</param>
public delegate void NodeConsole(AkkaConfigurationBuilder akka, int port, Func<IFarmGateway> farm);

/// <summary>Extension of Akka's configuration.</summary>
public static class NodeConsoleConfiguration
{
    /// <summary>Adds a console, if there is one.</summary>
    /// <param name="akka">The actor system's configuration.</param>
    /// <param name="console">The console; null for none.</param>
    /// <param name="port">TCP port on loopback; 0 for no console.</param>
    /// <param name="farm">Returns the farm when a command is executed.</param>
    public static AkkaConfigurationBuilder AddConsole(
        this AkkaConfigurationBuilder akka, NodeConsole? console, int port, Func<IFarmGateway> farm)
    {
        console?.Invoke(akka, port, farm);
        return akka;
    }
}
