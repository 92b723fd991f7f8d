using MlxVideo.Farm.Commands;
using MlxVideo.Shared.Api;

namespace MlxVideo.Simulation.Workloads;

/// <summary>A batch that comes in during a simulation.</summary>
/// <param name="AtSeconds">When.</param>
/// <param name="Batch">The batch.</param>
public sealed record Submission(double AtSeconds, BatchRequest Batch);
