namespace MlxVideo.Shared.Api;

/// <summary>The nodes of the cluster.</summary>
/// <param name="Nodes">The nodes, the coordinator's first.</param>
public sealed record ClusterView(IReadOnlyList<NodeView> Nodes);

/// <summary>A node of the cluster.</summary>
/// <param name="Address">Address in the cluster.</param>
/// <param name="Status">Membership: joining, up, leaving, exiting, down or removed.</param>
/// <param name="Roles"><c>coordinator</c> or <c>worker</c>.</param>
/// <param name="IsReachable">False while the coordinator gets no heartbeats of it.</param>
public sealed record NodeView(string Address, string Status, IReadOnlyList<string> Roles, bool IsReachable);

/// <summary>A change of the cluster.</summary>
/// <param name="At">When the coordinator noticed it.</param>
/// <param name="Change">What happened to the node: joined, up, left, removed, unreachable, reachable.</param>
public sealed record ClusterChange(DateTimeOffset At, string Change, NodeView Node);
