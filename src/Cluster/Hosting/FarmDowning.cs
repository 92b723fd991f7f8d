using Akka.Actor;
using Akka.Cluster;

namespace MlxVideo.Cluster.Hosting;

/// <summary>
/// Decides which nodes are removed from the cluster. A farm is a star: workers need the coordinator, not each other. The coordinator
/// removes each node that it has not reached for a while, but never itself; workers remove none. Akka's own strategies treat all nodes
/// alike: they also remove both ends of a broken connection when a third node still reaches both, and all nodes when connections keep
/// changing.
/// </summary>
/// <param name="system">The actor system, whose configuration contains <see cref="DownAfterKey"/>.</param>
/// <param name="cluster">The cluster extension of the system, which creates this object.</param>
public sealed class FarmDowning(ActorSystem system, Akka.Cluster.Cluster cluster) : IDowningProvider
{
    /// <summary>Name of this type for the configuration, without a version: it must be equal on all nodes.</summary>
    public static readonly string TypeName = $"{typeof(FarmDowning).FullName}, {typeof(FarmDowning).Assembly.GetName().Name}";

    /// <summary>Configuration key of the time that a node stays unreachable before it is removed.</summary>
    public const string DownAfterKey = "mlxvideo.down-after";

    /// <inheritdoc/>
    public TimeSpan DownRemovalMargin => TimeSpan.Zero; // the farm's singleton has only one possible node

    /// <inheritdoc/>
    public Props? DowningActorProps
    {
        get
        {
            if (!cluster.SelfRoles.Contains(FarmCluster.CoordinatorRole))
                return null;
            var downAfter = system.Settings.Config.GetTimeSpan(DownAfterKey);
            return Props.Create(() => new UnreachableNodes(downAfter));
        }
    }

    private sealed class UnreachableNodes : ReceiveActor, IWithTimers
    {
        private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);

        public UnreachableNodes(TimeSpan downAfter)
        {
            Receive<ClusterEvent.UnreachableMember>(
                lost => Timers.StartSingleTimer(lost.Member.UniqueAddress, new Overdue(lost.Member), downAfter));
            Receive<ClusterEvent.ReachableMember>(found => Timers.Cancel(found.Member.UniqueAddress));
            Receive<ClusterEvent.MemberRemoved>(removed => Timers.Cancel(removed.Member.UniqueAddress));
            Receive<Overdue>(overdue => Remove(overdue.Member));
        }

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart() => _cluster.Subscribe(
            Self, ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.IReachabilityEvent), typeof(ClusterEvent.MemberRemoved));

        protected override void PostStop() => _cluster.Unsubscribe(Self);

        private void Remove(Member member)
        {
            if (member.UniqueAddress != _cluster.SelfUniqueAddress)
                _cluster.Down(member.Address);
        }

        private sealed record Overdue(Member Member) : INoSerializationVerificationNeeded;
    }
}
