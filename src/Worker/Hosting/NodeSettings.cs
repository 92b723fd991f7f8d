using System.Net;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Hosting;

/// <summary>A worker's cluster settings.</summary>
/// <param name="Join">The coordinator's cluster address.</param>
/// <param name="Listen">Address to bind and to advertise.</param>
/// <param name="Cluster">Failure detection.</param>
/// <param name="Protocol">Protocol timeouts.</param>
/// <param name="DrainTimeout">Maximum time for the running stage to stop when the worker leaves.</param>
/// <param name="ClusterPort">TCP port of the worker's node; 0 for a free one.</param>
/// <param name="ParentPid">Process whose end stops the worker; null for none.</param>
/// <param name="Verbose">Enables debug logs.</param>
public sealed record NodeSettings(
    JoinAddress Join, IPAddress Listen, FarmClusterOptions Cluster, WorkerProtocolOptions Protocol, TimeSpan DrainTimeout,
    int ClusterPort = 0,
    int? ParentPid = null, bool Verbose = false);
