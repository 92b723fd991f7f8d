using Akka.Actor;
using MlxVideo.Coordinator.Farm;

namespace MlxVideo.Coordinator.Tests.Farm;

/// <summary>All probes are on one node, which is a cluster member until a test removes it.</summary>
internal sealed class FakeMembership : IClusterMembership
{
    public bool IsMember { get; set; } = true;

    public IReadOnlyCollection<string> Revoked { get; set; } = [];

    public bool Includes(Address node) => IsMember;
}
