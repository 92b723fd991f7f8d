using MlxVideo.Shared.Workers;

namespace MlxVideo.Worker.Node;

/// <summary>Identity and capabilities of a worker.</summary>
/// <param name="Id">Stable across restarts: stored in the worker's data folder.</param>
/// <param name="Epoch">Changes with every start.</param>
/// <param name="Name">Display name.</param>
/// <param name="Device">Compute device: <c>mps</c>, <c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Model">Digest of the model.</param>
/// <param name="ModelName">Display name of the model.</param>
public sealed record WorkerIdentity(
    string Id, string Epoch, string Name, string Device, string Model, string ModelName, WorkerCapabilities Capabilities);
