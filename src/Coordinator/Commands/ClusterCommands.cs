using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Cluster;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Commands.Requests;

namespace MlxVideo.Coordinator.Commands;

/// <summary>Handlers of the commands for the nodes of the cluster.</summary>
internal sealed class ClusterCommands(ActorSystem system, TimeProvider time) : ICommandGroup
{
    // The extension can't be created before the system's cluster settings are in place.
    private readonly Lazy<Akka.Cluster.Cluster> _cluster = new(() => Akka.Cluster.Cluster.Get(system));

    private Akka.Cluster.Cluster Cluster => _cluster.Value;

    /// <inheritdoc/>
    public void Register(CommandHandlers handlers)
    {
        handlers.Add<ShowCluster, ClusterView>((_, _) => Task.FromResult(Show()));
        handlers.Add<ShowNode, NodeView>((_, _) => Task.FromResult(View(Cluster.SelfMember)));
        handlers.Add<JoinCluster, ClusterView>((request, _) => Task.FromResult(Join(request.Address)));
        handlers.Add<LeaveCluster, ClusterView>((request, _) => Task.FromResult(Change(request.Address, node => Cluster.Leave(node))));
        handlers.Add<DownNode, ClusterView>((request, _) => Task.FromResult(Change(request.Address, node => Cluster.Down(node))));
        handlers.Add<DownUnreachable, ClusterView>((_, _) => Task.FromResult(DownUnreachable()));
        handlers.AddStream<TailCluster, ClusterChange>((_, cancellationToken) => TailAsync(cancellationToken));
    }

    private ClusterView Show() => new(Cluster.State.Members.OrderBy(member => member.Address != Cluster.SelfAddress)
        .ThenBy(member => member.Address.ToString(), StringComparer.Ordinal).Select(View).ToList());

    private NodeView View(Member member) => new(
        member.Address.ToString(), member.Status.ToString().ToLowerInvariant(), member.Roles.Order(StringComparer.Ordinal).ToList(),
        !Cluster.State.Unreachable.Contains(member));

    private ClusterView Join(string address)
    {
        var node = Parse(address);
        if (Cluster.State.Members.Count > 0 && node != Cluster.SelfAddress)
            throw new FarmRequestException(
                FarmRequestError.Conflict, "The coordinator's node is in a cluster already: workers join it, it joins no other.");
        Cluster.Join(node);
        return Show();
    }

    private ClusterView Change(string address, Action<Address> change)
    {
        var node = Parse(address);
        if (node == Cluster.SelfAddress)
            throw new FarmRequestException(
                FarmRequestError.Conflict, "This is the coordinator's own node: stop the coordinator instead.");
        if (Cluster.State.Members.All(member => member.Address != node))
            throw new FarmRequestException(
                FarmRequestError.NotFound, $"The cluster has no node {address}: 'farm cluster show' lists the nodes.");
        change(node);
        return Show();
    }

    private ClusterView DownUnreachable()
    {
        foreach (var member in Cluster.State.Unreachable)
            Cluster.Down(member.Address);
        return Show();
    }

    private async IAsyncEnumerable<ClusterChange> TailAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var changes = Channel.CreateUnbounded<ClusterChange>(new UnboundedChannelOptions { SingleReader = true });
        var listener = system.ActorOf(Props.Create(() => new Listener(Cluster, changes.Writer, View, time)));
        try
        {
            await foreach (var change in changes.Reader.ReadAllAsync(cancellationToken))
                yield return change;
        }
        finally
        {
            system.Stop(listener);
        }
    }

    private static Address Parse(string address) => Address.Parse(address) is { Host: not null, Port: not null } node
        ? node
        : throw new FarmRequestException(
            FarmRequestError.Invalid, $"address: '{address}' is not a node's address, such as akka.tcp://mlxvideo@192.168.1.21:4053.");

    /// <summary>Passes changes of the cluster on, beginning with the present nodes.</summary>
    private sealed class Listener : ReceiveActor
    {
        private readonly Akka.Cluster.Cluster _cluster;

        public Listener(
            Akka.Cluster.Cluster cluster, ChannelWriter<ClusterChange> changes, Func<Member, NodeView> view, TimeProvider time)
        {
            _cluster = cluster;
            Receive<ClusterEvent.IMemberEvent>(change => Tell(change.Member.Status.ToString().ToLowerInvariant(), change.Member));
            Receive<ClusterEvent.UnreachableMember>(change => Tell("unreachable", change.Member));
            Receive<ClusterEvent.ReachableMember>(change => Tell("reachable", change.Member));

            void Tell(string what, Member member) => changes.TryWrite(new ClusterChange(time.GetUtcNow(), what, view(member)));
        }

        protected override void PreStart() => _cluster.Subscribe(
            Self, ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));

        protected override void PostStop() => _cluster.Unsubscribe(Self);
    }
}
