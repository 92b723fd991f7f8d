using MlxVideo.Shared.Security;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Worker.Node;

/// <summary>Identity and capabilities of a worker.</summary>
/// <param name="Id">Stable across restarts: stored in the worker's data folder.</param>
/// <param name="Epoch">Changes with every start.</param>
/// <param name="Name">Display name.</param>
/// <param name="Device">Compute device: <c>mps</c>, <c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Model">Digest of the model.</param>
/// <param name="ModelName">Display name of the model.</param>
/// <param name="Blobs">Address of the worker's blob server; null when it has none.</param>
public sealed record WorkerIdentity(
    string Id, string Epoch, string Name, string Device, string Model, string ModelName, WorkerCapabilities Capabilities,
    Uri? Blobs = null)
{
    /// <summary>The certificate of the current node; null in a farm without certificates.</summary>
    public FarmIdentity? Certificate { get; init; }

    /// <summary>Proves to the coordinator that a node is this worker's; null in a farm without certificates.</summary>
    /// <param name="node">Cluster address of the node.</param>
    public HelloProof? Prove(Func<string> node) =>
        Certificate is null ? null : HelloProof.Create(Certificate, Id, Epoch, node());
}
