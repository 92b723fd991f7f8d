using MlxVideo.Shared.Workers;

namespace MlxVideo.Worker.Node;

/// <summary>Who a worker is, and what it can do.</summary>
/// <param name="Id">Stable over restarts: kept in the worker's data folder.</param>
/// <param name="Epoch">New with every start.</param>
/// <param name="Name">For people.</param>
/// <param name="Device">What it computes on: <c>mps</c>, <c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Model">Digest of its model.</param>
/// <param name="ModelName">Name of its model for people.</param>
/// <param name="Capabilities">What it can do.</param>
public sealed record WorkerIdentity(
    string Id, string Epoch, string Name, string Device, string Model, string ModelName, WorkerCapabilities Capabilities);
