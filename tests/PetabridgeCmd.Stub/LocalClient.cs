using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using Petabridge.Cmd.Common.Client;

namespace Petabridge.Cmd.Host;

/// <summary>A client in the host's process.</summary>
internal sealed class LocalClient(PetabridgeCmd host) : IPbmClient
{
    private const int BufferSize = 1024;

    public Task<PbmSession> ExecuteTextCommandAsync(string command)
    {
        var killSwitch = KillSwitches.Shared("pbm");
        var (queue, source) = Source.Queue<CommandResponse>(BufferSize, OverflowStrategy.Fail)
            .PreMaterialize(host.Sys.Materializer());
        var connection = host.Sys.ActorOf(Props.Create(() => new Connection(host, response => Send(queue, response))));
        connection.Tell(new Connection.Execute(command));
        var stream = source.Via(killSwitch.Flow<CommandResponse>()).WatchTermination((none, ended) =>
        {
            ended.ContinueWith(
                _ => host.Sys.Stop(connection), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return none;
        });
        return Task.FromResult(new PbmSession(stream, killSwitch));
    }

    private static void Send(ISourceQueueWithComplete<CommandResponse> queue, CommandResponse response)
    {
        queue.OfferAsync(response);
        if (response.Final)
            queue.Complete();
    }
}
