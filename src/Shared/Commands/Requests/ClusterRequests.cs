using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;

namespace MlxVideo.Shared.Commands.Requests;

/// <summary>Lists the nodes of the cluster.</summary>
[FarmCommand(FarmPalette.Cluster, "show", "Lists the nodes of the cluster.", Path = "/api/v1/cluster")]
public sealed record ShowCluster : IFarmRequest<ClusterView>;

/// <summary>Shows the coordinator's own node.</summary>
[FarmCommand(FarmPalette.Cluster, "status", "Shows the state of the coordinator's node.", Path = "/api/v1/cluster/self")]
public sealed record ShowNode : IFarmRequest<NodeView>;

/// <summary>Lets a node join.</summary>
[FarmCommand(
    FarmPalette.Cluster, "join", "Makes the coordinator's node join a cluster; only possible while it is in none.", Method = "POST",
    Path = "/api/v1/cluster/join", Example = "--address akka.tcp://mlxvideo@127.0.0.1:4053")]
public sealed record JoinCluster([Argument("Address of a node of the cluster.")] string Address) : IFarmRequest<ClusterView>;

/// <summary>Asks a node to leave.</summary>
[FarmCommand(
    FarmPalette.Cluster, "leave", "Asks a node to leave the cluster in an orderly way.", Method = "POST", Path = "/api/v1/cluster/leave",
    Example = "--address akka.tcp://mlxvideo@192.168.1.21:40123")]
public sealed record LeaveCluster([Argument("Address of the node (see 'cluster show').")] string Address) : IFarmRequest<ClusterView>;

/// <summary>Removes a node.</summary>
[FarmCommand(
    FarmPalette.Cluster, "down", "Removes a node that does not answer from the cluster.", Method = "POST", Path = "/api/v1/cluster/down",
    Example = "--address akka.tcp://mlxvideo@192.168.1.21:40123")]
public sealed record DownNode([Argument("Address of the node (see 'cluster show').")] string Address) : IFarmRequest<ClusterView>;

/// <summary>Removes all unreachable nodes.</summary>
[FarmCommand(
    FarmPalette.Cluster, "down-unreachable", "Removes all unreachable nodes from the cluster.", Method = "POST",
    Path = "/api/v1/cluster/down-unreachable")]
public sealed record DownUnreachable : IFarmRequest<ClusterView>;

/// <summary>Follows changes of the cluster.</summary>
[FarmCommand(
    FarmPalette.Cluster, "tail", "Follows changes of the cluster, until it is interrupted.", Path = "/api/v1/cluster/events")]
public sealed record TailCluster : IFarmStream<ClusterChange>;
