using System.Net;

namespace MlxVideo.Worker.Hosting;

/// <summary>How a worker takes part in the cluster.</summary>
/// <param name="Join">The coordinator's cluster address.</param>
/// <param name="Listen">Address to bind and to be reached at.</param>
/// <param name="ClusterPort">Port of its node; 0 for a free one.</param>
/// <param name="ParentPid">Process to stop with.</param>
/// <param name="Verbose">Debug logs.</param>
public sealed record NodeSettings(JoinAddress Join, IPAddress Listen, int ClusterPort = 0, int? ParentPid = null, bool Verbose = false);
