using Akka.Actor;
using Akka.Cluster;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Farm;

/// <summary>The membership of the cluster.</summary>
public interface IClusterMembership
{
    /// <summary>Returns true for a node that belongs to the cluster and can therefore be reached.</summary>
    bool Includes(Address node);

    /// <summary>Checks the identity of a worker.</summary>
    /// <returns>The reason why it is refused, as one sentence for its owner; null when it is accepted.</returns>
    string? FindFault(WorkerHello hello, Address node) => null;

    /// <summary>Serial numbers of the certificates that workers must refuse; expired ones are left out after about a day.</summary>
    IReadOnlyCollection<string> Revoked => [];
}

/// <summary>The membership from the coordinator node's point of view.</summary>
internal sealed class ClusterMembership(ActorSystem system) : IClusterMembership
{
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(system);

    /// <inheritdoc/>
    public bool Includes(Address node) =>
        _cluster.State.Members.Any(member => member.Address == node && member.Status is not MemberStatus.Down);
}
