using System.Net;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Shared.Security;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Hosting;

/// <summary>A worker's cluster settings.</summary>
/// <param name="Join">The coordinator's cluster address.</param>
/// <param name="Listen">Address to bind and to advertise.</param>
/// <param name="Protocol">Protocol timeouts.</param>
/// <param name="DrainTimeout">Maximum time for the running stage to stop when the worker leaves.</param>
/// <param name="ClusterPort">TCP port of the worker's node; 0 for a free one.</param>
/// <param name="ParentPid">Process whose end stops the worker; null for none.</param>
/// <param name="Verbose">Enables debug logs.</param>
/// <param name="Credentials">The worker's certificate; null on loopback and on a trusted network.</param>
public sealed record NodeSettings(
    JoinAddress Join, IPAddress Listen, WorkerProtocolOptions Protocol, TimeSpan DrainTimeout, int ClusterPort = 0, int? ParentPid = null,
    bool Verbose = false, WorkerCredentials? Credentials = null)
{
    /// <summary>Adds a console for operators; null for none.</summary>
    public NodeConsole? Console { get; init; }

    /// <summary>TCP port of the console on loopback; 0 for none.</summary>
    public int PbmPort { get; init; }
}
