using MlxVideo.Engine.Models;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Worker.Node;

/// <summary>
/// Runs one assigned stage to its end: fetches inputs, loads what it needs, computes, stores outputs with the coordinator.
/// </summary>
public interface IStageRunner
{
    /// <summary>
    /// Raised when the components in memory, or their order, have changed; before a step of the stage that needed it is told. Called on the
    /// engine's thread.
    /// </summary>
    event Action<ComponentsChanged>? ComponentsChanged;

    /// <summary>
    /// Raised when a large file has gone between this worker and the coordinator, with its bytes a second. Called on any thread.
    /// </summary>
    event Action<double>? LinkMeasured;

    /// <summary>Runs a stage.</summary>
    /// <param name="assignment">The stage and its inputs.</param>
    /// <param name="api">The coordinator's blob store.</param>
    /// <param name="progress">
    /// Steps done, steps in all, which stay the same: told when inputs are there, the model is loaded and computing begins, after each
    /// step, and when computing has ended. Called on the engine's thread.
    /// </param>
    /// <param name="helpers">Who computes evaluations of its guided steps for it, now and later.</param>
    /// <param name="cancellationToken">Honoured between steps.</param>
    /// <returns>The outputs, which the coordinator's store holds.</returns>
    /// <exception cref="StageException">The attempt failed.</exception>
    Task<IReadOnlyList<NamedBlob>> Run(
        AssignStage assignment, Uri api, Action<int, int> progress, CurrentHelper helpers, CancellationToken cancellationToken);

    /// <summary>Computes evaluations of another worker's guided steps until it is cancelled, or the help is over.</summary>
    /// <param name="assignment">The stage that is helped.</param>
    /// <param name="api">The coordinator, which relays tokens and velocities.</param>
    /// <param name="ready">Told when inputs are there and the model is loaded.</param>
    /// <param name="cancellationToken">Honoured between evaluations.</param>
    /// <exception cref="StageException">It can't be done here.</exception>
    Task Offload(AssignOffload assignment, Uri api, Action ready, CancellationToken cancellationToken);

    /// <summary>Looks whether stages can be run just now; asked again and again while none runs.</summary>
    /// <returns>Why not: one sentence; null when they can.</returns>
    string? FindProblem();

    /// <summary>Loads a component of the model that will be needed; a stage that comes meanwhile waits for it.</summary>
    Task Prefetch(ModelComponent component);
}
