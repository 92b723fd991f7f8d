using System.Net;
using MlxVideo.Engine.Kernels;

namespace MlxVideo.Worker.Hosting;

/// <summary>How a worker runs.</summary>
/// <param name="Join">HOST:PORT of the coordinator's cluster address.</param>
/// <param name="DataFolder">Where its files lie.</param>
/// <param name="ModelFolder">Folder of the model.</param>
/// <param name="Name">For people.</param>
/// <param name="Listen">Address to bind and to be reached at.</param>
/// <param name="ClusterPort">Port of its node; 0 for a free one.</param>
/// <param name="Threads">CPU threads of the engine.</param>
/// <param name="WeightMemory">GiB that weights may take; null for half of the machine's memory.</param>
/// <param name="Compute">Where and how the engine computes.</param>
/// <param name="ParentPid">Process to stop with.</param>
/// <param name="Verbose">Debug logs.</param>
public sealed record WorkerSettings(
    string Join, string DataFolder, string ModelFolder, string Name, IPAddress Listen, int ClusterPort, int Threads, double? WeightMemory, ComputeSettings Compute, int? ParentPid, bool Verbose);
