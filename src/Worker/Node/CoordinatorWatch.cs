using Akka.Actor;
using Akka.Cluster;
using MlxVideo.Cluster.Hosting;

namespace MlxVideo.Worker.Node;

/// <summary>Notices that the coordinator has left the cluster, as it does when it is stopped in an orderly way.</summary>
public sealed class CoordinatorWatch : ReceiveActor
{
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);

    /// <param name="session">Told when the coordinator has left.</param>
    public CoordinatorWatch(SessionSignals session) => Receive<ClusterEvent.MemberRemoved>(removed =>
    {
        if (removed.Member.HasRole(FarmCluster.CoordinatorRole))
            session.Lose("the coordinator has left");
    });

    /// <inheritdoc/>
    protected override void PreStart() => _cluster.Subscribe(Self, ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.MemberRemoved));

    /// <inheritdoc/>
    protected override void PostStop() => _cluster.Unsubscribe(Self);
}
