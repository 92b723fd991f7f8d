using System.Collections.Concurrent;
using Akka.Actor;
using MlxVideo.Cluster.Security;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Security;

namespace MlxVideo.Coordinator.Security;

/// <summary>The membership of a farm with certificates: a hello must prove that it comes from the worker with its id.</summary>
internal sealed class AdmittedWorkers(ActorSystem system, CoordinatorTls tls, RefusalLog refusals) : IClusterMembership
{
    private readonly ClusterMembership _members = new(system);
    private readonly ConcurrentDictionary<string, Address> _nodes = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public bool Includes(Address node) => _members.Includes(node);

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Revoked => tls.Access.RevokedSerials;

    /// <inheritdoc/>
    public string? FindFault(WorkerHello hello, Address node)
    {
        var fault = hello.Proof is { } proof
            ? proof.FindFault(tls.Rules, hello.WorkerId, hello.Epoch, node.ToString())
            : "its hello has no proof of its identity";
        if (fault is null)
        {
            _nodes[hello.WorkerId] = node;
            return null;
        }

        refusals.Add($"{node.Host}:{node.Port}", "hello", fault);
        return $"The coordinator refused this worker: {fault}. A new token from './mlx-video farm token' lets it join again.";
    }

    /// <summary>Removes the node of a revoked worker from the cluster, which ends its connections.</summary>
    public void Remove(string workerId)
    {
        if (_nodes.TryRemove(workerId, out var node))
            Akka.Cluster.Cluster.Get(system).Down(node);
    }
}
