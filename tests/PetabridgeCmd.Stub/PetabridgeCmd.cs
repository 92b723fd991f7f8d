using Akka.Actor;
using Akka.Hosting;
using Petabridge.Cmd.Common.Client;

namespace Petabridge.Cmd.Host;

/// <summary>Address of the host.</summary>
public sealed class PetabridgeCmdOptions
{
    public string Host { get; set; } = "0.0.0.0";

    public int Port { get; set; } = 9110;
}

/// <summary>Makes palettes available to clients.</summary>
public sealed class PetabridgeCmd : IExtension
{
    private readonly Dictionary<string, CommandPaletteHandler> _palettes = [];

    internal PetabridgeCmd(ExtendedActorSystem system) => Sys = system;

    public ExtendedActorSystem Sys { get; }

    internal PetabridgeCmdOptions Options { get; set; } = new();

    internal IReadOnlyDictionary<string, CommandPaletteHandler> Palettes => _palettes;

    public static PetabridgeCmd Get(ActorSystem system) => system.WithExtension<PetabridgeCmd, Provider>();

    public bool RegisterCommandPalette(CommandPaletteHandler handler)
    {
        if (!_palettes.TryAdd(handler.Palette.ModuleName, handler))
            return false;
        handler.OnRegister(this);
        return true;
    }

    /// <summary>Listens: one command per connection, and one line of JSON per response.</summary>
    public void Start() => Sys.ActorOf(Props.Create(() => new Listener(this)), "petabridge-cmd");

    public Task<IPbmClient> StartLocalClient(CancellationToken cancellationToken) => Task.FromResult<IPbmClient>(new LocalClient(this));

    internal sealed class Provider : ExtensionIdProvider<PetabridgeCmd>
    {
        public override PetabridgeCmd CreateExtension(ExtendedActorSystem system) => new(system);
    }
}

/// <summary>Adds the host to an actor system.</summary>
public static class PetabridgeCmdHostingExtensions
{
    public static AkkaConfigurationBuilder AddPetabridgeCmd(
        this AkkaConfigurationBuilder builder, PetabridgeCmdOptions options, Action<PetabridgeCmd> hostConfiguration) =>
        builder.AddStartup((system, _) =>
        {
            var host = PetabridgeCmd.Get(system);
            host.Options = options;
            hostConfiguration(host);
            host.Start();
        });
}
