using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using MlxVideo.Cluster.Hosting;

namespace MlxVideo.Worker.Node;

/// <summary>
/// Detects that the coordinator has left the cluster, as in an orderly shutdown, or that its connection was closed, as when its process is
/// killed. An unreachable coordinator closes no connection; the worker's hellos detect that.
/// </summary>
public sealed class CoordinatorWatch : ReceiveActor
{
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);

    /// <param name="session">Signalled when the coordinator is gone.</param>
    public CoordinatorWatch(SessionSignals session)
    {
        Receive<ClusterEvent.MemberRemoved>(removed =>
        {
            if (removed.Member.HasRole(FarmCluster.CoordinatorRole))
                session.Lose("the coordinator left the cluster");
        });
        Receive<DisassociatedEvent>(closed =>
        {
            if (_cluster.State.Members.Any(
                member => member.HasRole(FarmCluster.CoordinatorRole) && member.Address == closed.RemoteAddress))
                session.Lose("its connection to the coordinator was closed");
        });
    }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _cluster.Subscribe(Self, ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.MemberRemoved));
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        _cluster.Unsubscribe(Self);
    }
}
