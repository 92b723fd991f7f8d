using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.Commands;

/// <summary>A report of a registered worker.</summary>
public interface IWorkerReport;

/// <summary>Registers a worker, or confirms its registration.</summary>
/// <param name="WorkerId">Stable across restarts of the worker.</param>
/// <param name="Epoch">New with every start of its process; attempts of an earlier epoch are lost.</param>
/// <param name="Name">Display name.</param>
/// <param name="Device"><c>mps</c>, <c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Model">Digest of its model.</param>
/// <param name="ModelName">Display name of its model.</param>
/// <param name="Held">Attempts that it is still computing or has been unable to report.</param>
public sealed record RegisterWorker(
    string WorkerId, string Epoch, string Name, string Device, string Model, WorkerCapabilities Capabilities, string ModelName,
    IReadOnlyList<AttemptAddress> Held);

/// <summary>Reports steps of a running attempt.</summary>
/// <param name="Step">Completed steps.</param>
/// <param name="Steps">Total steps; 0 while unknown.</param>
public sealed record StepProgress(AttemptAddress Attempt, int Step, int Steps) : IWorkerReport;

/// <summary>Completes an attempt after its outputs were stored.</summary>
/// <param name="Outputs">All outputs of the stage.</param>
public sealed record CompleteAttempt(AttemptAddress Attempt, IReadOnlyList<NamedBlob> Outputs) : IWorkerReport;

/// <summary>Reports the components in a worker's memory.</summary>
/// <param name="Components">The loaded components in least-recently-used order.</param>
/// <param name="Loaded">The component that was just loaded; null when none was.</param>
/// <param name="Seconds">Duration of that load.</param>
public sealed record WorkerResidency(string WorkerId, IReadOnlyList<ModelComponent> Components, ModelComponent? Loaded, double Seconds)
    : IWorkerReport;

/// <summary>Reports the speed of the last large transfer between a worker and the coordinator.</summary>
public sealed record LinkSpeed(string WorkerId, double BytesPerSecond) : IWorkerReport;

/// <summary>Reports that a helper has loaded everything it needs.</summary>
public sealed record HelperReady(OffloadAddress Offload) : IWorkerReport;

/// <summary>Reports that a helper gives up its offload.</summary>
/// <param name="Kind">The cause.</param>
public sealed record HelperFailed(OffloadAddress Offload, FailureKind Kind) : IWorkerReport;
