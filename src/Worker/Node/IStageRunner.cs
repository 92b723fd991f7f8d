using MlxVideo.Engine.Models;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Worker.Node;

/// <summary>
/// Runs one assigned stage at a time: fetches its inputs, loads the required components, computes, and uploads the outputs to the
/// coordinator. Also computes offloaded evaluations for other workers.
/// </summary>
public interface IStageRunner
{
    /// <summary>
    /// Raised when the resident components or their order change, before any step of the stage that caused it is reported. Raised on the
    /// engine's thread.
    /// </summary>
    event Action<ComponentsChanged>? ComponentsChanged;

    /// <summary>
    /// Raised after the transfer of a large file to or from the coordinator, with the bytes per second. Raised on any thread.
    /// </summary>
    event Action<double>? LinkMeasured;

    /// <summary>
    /// Raised with each line for the log of the running stage: transfers, and what the engine prints. Raised on any thread.
    /// </summary>
    event Action<string>? Logged
    {
        add { }
        remove { }
    }

    /// <summary>Current use of the device's memory; null when the device does not report it. Read on any thread.</summary>
    DeviceMemoryUse? MemoryUse => null;

    /// <summary>Runs a stage.</summary>
    /// <param name="api">Address of the coordinator, which stores the blobs.</param>
    /// <param name="progress">
    /// Receives the completed steps and the constant total: once inputs are fetched, the model is loaded and computing begins, after each
    /// step, and when computing has ended. Called on the engine's thread.
    /// </param>
    /// <param name="helpers">The helper for evaluations of guided steps, which may change during the stage.</param>
    /// <param name="cancellationToken">Checked between steps.</param>
    /// <returns>The outputs, stored by the coordinator.</returns>
    /// <exception cref="StageException">The attempt failed.</exception>
    Task<IReadOnlyList<NamedBlob>> RunAsync(
        AssignStage assignment, Uri api, Action<int, int> progress, CurrentHelper helpers, CancellationToken cancellationToken);

    /// <summary>Uploads outputs that this machine computed and still has, unless the coordinator has them.</summary>
    /// <param name="api">Address of the coordinator.</param>
    /// <exception cref="StageException">An output is no longer on this machine.</exception>
    Task UploadAsync(IReadOnlyList<NamedBlob> outputs, Uri api, CancellationToken cancellationToken);

    /// <summary>Computes offloaded evaluations of another worker's guided steps until cancellation or the end of the offload.</summary>
    /// <param name="api">Address of the coordinator, which relays tokens and velocities.</param>
    /// <param name="ready">Called when inputs are fetched and the model is loaded.</param>
    /// <param name="cancellationToken">Checked between evaluations.</param>
    /// <exception cref="StageException">This worker can't compute the evaluations.</exception>
    Task OffloadAsync(AssignOffload assignment, Uri api, Action ready, CancellationToken cancellationToken);

    /// <summary>Checks whether stages can be run at present; called periodically while none is running.</summary>
    /// <returns>The problem in one sentence; null when there is none.</returns>
    string? FindProblem();

    /// <summary>Loads a component of the model ahead of its use; a stage assigned meanwhile waits for it.</summary>
    Task PrefetchAsync(ModelComponent component);
}
