using System.Net;

namespace MlxVideo.Coordinator.Hosting;

/// <summary>How a coordinator runs.</summary>
/// <param name="DataFolder">Where its files lie.</param>
/// <param name="Listen">Address to bind and to be reached at.</param>
/// <param name="ClusterPort">Port that workers join at; 0 for a free one.</param>
/// <param name="HttpPort">Port of the API; 0 for a free one.</param>
/// <param name="ParentPid">Process to stop with.</param>
/// <param name="Verbose">Debug logs.</param>
public sealed record CoordinatorSettings(string DataFolder, IPAddress Listen, int ClusterPort, int HttpPort, int? ParentPid, bool Verbose);
