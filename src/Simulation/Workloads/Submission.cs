using MlxVideo.Farm.Commands;
using MlxVideo.Shared.Api;

namespace MlxVideo.Simulation.Workloads;

/// <summary>A batch submitted during a simulation.</summary>
/// <param name="AtSeconds">Time of submission, in seconds since the start.</param>
public sealed record Submission(double AtSeconds, BatchRequest Batch);
