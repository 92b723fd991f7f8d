using Akka.Actor;
using Akka.Cluster;

namespace MlxVideo.Coordinator.Farm;

/// <summary>The membership of the cluster.</summary>
public interface IClusterMembership
{
    /// <summary>Returns true for a node that belongs to the cluster and can therefore be reached.</summary>
    bool Includes(Address node);
}

/// <summary>The membership from the coordinator node's point of view.</summary>
internal sealed class ClusterMembership(ActorSystem system) : IClusterMembership
{
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(system);

    /// <inheritdoc/>
    public bool Includes(Address node) =>
        _cluster.State.Members.Any(member => member.Address == node && member.Status is not MemberStatus.Down);
}
