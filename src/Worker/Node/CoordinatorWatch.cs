using Akka.Actor;
using Akka.Cluster;
using MlxVideo.Cluster.Hosting;

namespace MlxVideo.Worker.Node;

/// <summary>Detects that the coordinator has left the cluster, as in an orderly shutdown.</summary>
public sealed class CoordinatorWatch : ReceiveActor
{
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);

    /// <param name="session">Signalled when the coordinator has left.</param>
    public CoordinatorWatch(SessionSignals session) => Receive<ClusterEvent.MemberRemoved>(removed =>
    {
        if (removed.Member.HasRole(FarmCluster.CoordinatorRole))
            session.Lose("the coordinator left the cluster");
    });

    /// <inheritdoc/>
    protected override void PreStart() => _cluster.Subscribe(Self, ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.MemberRemoved));

    /// <inheritdoc/>
    protected override void PostStop() => _cluster.Unsubscribe(Self);
}
