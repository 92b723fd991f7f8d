using System.Globalization;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;

namespace MlxVideo.Shared.Commands.Tables;

/// <summary>Results about the cluster as text.</summary>
internal static class ClusterTables
{
    public static TextTable Show(ClusterView cluster) => TextTable.Of(
        cluster.Nodes,
        ("node", node => node.Address),
        ("status", node => node.Status),
        ("roles", node => string.Join(",", node.Roles)),
        ("reachable", node => node.IsReachable ? "yes" : "no"));

    public static TextTable Node(NodeView node) => TextTable.OfValues(
        ("node", node.Address),
        ("status", node.Status),
        ("roles", string.Join(",", node.Roles)),
        ("reachable", node.IsReachable ? "yes" : "no"));

    public static TextTable Change(ClusterChange change) => TextTable.Line(string.Create(
        CultureInfo.InvariantCulture,
        $"{change.At.ToLocalTime():HH:mm:ss}  {change.Change}  {change.Node.Address} ({string.Join(",", change.Node.Roles)})"));
}
