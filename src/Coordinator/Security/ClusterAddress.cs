using Akka.Actor;

namespace MlxVideo.Coordinator.Security;

/// <summary>The coordinator's cluster address as given to workers.</summary>
internal sealed class ClusterAddress(ActorSystem system)
{
    /// <inheritdoc/>
    public override string ToString() => Akka.Cluster.Cluster.Get(system).SelfAddress is { Host: { } host } address
        ? $"{(host.Contains(':', StringComparison.Ordinal) ? $"[{host.Trim('[', ']')}]" : host)}:{address.Port}"
        : "";
}
