using Akka;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace Petabridge.Cmd.Common.Client;

/// <summary>A client of a host.</summary>
public interface IPbmClient
{
    Task<PbmSession> ExecuteTextCommandAsync(string command);
}

/// <summary>An executing command.</summary>
public sealed class PbmSession
{
    internal PbmSession(Source<CommandResponse, NotUsed> stream, IKillSwitch killSwitch) => (Stream, KillSwitch) = (stream, killSwitch);

    public Source<CommandResponse, NotUsed> Stream { get; }

    public IKillSwitch KillSwitch { get; }
}
