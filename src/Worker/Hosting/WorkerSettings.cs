using MlxVideo.Engine.Kernels;
using MlxVideo.Worker.Capabilities;

namespace MlxVideo.Worker.Hosting;

/// <summary>How a worker runs.</summary>
/// <param name="Node">How it takes part in the cluster.</param>
/// <param name="DataFolder">Where its files lie.</param>
/// <param name="ModelFolder">Folder of the model.</param>
/// <param name="Name">For people.</param>
/// <param name="Threads">CPU threads of the engine.</param>
/// <param name="WeightMemory">GiB that weights may take; null for half of the machine's memory.</param>
/// <param name="Compute">Where and how the engine computes.</param>
/// <param name="Owner">What its owner says of it.</param>
public sealed record WorkerSettings(
    NodeSettings Node, string DataFolder, string ModelFolder, string Name, int Threads, double? WeightMemory, ComputeSettings Compute,
    OwnerSettings Owner);
