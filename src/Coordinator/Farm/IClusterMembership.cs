using Akka.Actor;
using Akka.Cluster;

namespace MlxVideo.Coordinator.Farm;

/// <summary>The nodes of the cluster.</summary>
public interface IClusterMembership
{
    /// <summary>True for a node that belongs to the cluster; its actors can be reached.</summary>
    bool Includes(Address node);
}

/// <summary>The cluster as the coordinator's node sees it.</summary>
internal sealed class ClusterMembership(ActorSystem system) : IClusterMembership
{
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(system);

    /// <inheritdoc/>
    public bool Includes(Address node) =>
        _cluster.State.Members.Any(member => member.Address == node && member.Status is not MemberStatus.Down);
}
