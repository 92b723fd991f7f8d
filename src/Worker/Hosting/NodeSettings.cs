using System.Net;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Hosting;

/// <summary>How a worker takes part in the cluster.</summary>
/// <param name="Join">The coordinator's cluster address.</param>
/// <param name="Listen">Address to bind and to be reached at.</param>
/// <param name="Cluster">Failure detection.</param>
/// <param name="Protocol">Protocol timeouts.</param>
/// <param name="DrainTimeout">How long the running stage may take to stop when the worker leaves.</param>
/// <param name="ClusterPort">Port of its node; 0 for a free one.</param>
/// <param name="ParentPid">Process to stop with; null for none.</param>
/// <param name="Verbose">Debug logs.</param>
public sealed record NodeSettings(
    JoinAddress Join, IPAddress Listen, FarmClusterOptions Cluster, WorkerProtocolOptions Protocol, TimeSpan DrainTimeout,
    int ClusterPort = 0,
    int? ParentPid = null, bool Verbose = false);
