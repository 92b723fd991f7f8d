using Akka.Actor;
using Petabridge.Cmd.Host;

namespace Petabridge.Cmd.Cluster
{
    /// <summary>The palette for the cluster, here without commands.</summary>
    public static class ClusterCommands
    {
        public static readonly CommandPaletteHandler Instance = new EmptyPalette("cluster");
    }
}

namespace Petabridge.Cmd.Remote
{
    /// <summary>The palette for remoting, here without commands.</summary>
    public sealed class RemoteCommands() : CommandPaletteHandler(new CommandPalette("remote", []))
    {
        public override Props HandlerProps => Props.Empty;
    }
}

namespace Petabridge.Cmd.Host
{
    internal sealed class EmptyPalette(string name) : CommandPaletteHandler(new CommandPalette(name, []))
    {
        public override Props HandlerProps => Props.Empty;
    }
}
