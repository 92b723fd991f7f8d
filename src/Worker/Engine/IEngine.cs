using MlxVideo.Engine.Models;
using MlxVideo.Engine.Sampling;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Worker.Engine;

/// <summary>
/// The engine that computes a worker's stages, from files to files. Calls are computed one at a time, in their order. They fail with a
/// <see cref="StageException"/>, and are cancelled between steps.
/// </summary>
public interface IEngine
{
    /// <summary>
    /// Raised when the resident components or their order change, before any step of the stage that caused it is reported. Raised on any
    /// thread.
    /// </summary>
    event Action<ComponentsChanged>? ComponentsChanged;

    /// <summary>Raised with each line that the engine prints. Raised on any thread.</summary>
    event Action<string>? LineWritten
    {
        add { }
        remove { }
    }

    /// <summary>Last known use of the device's memory; null when the device does not report it.</summary>
    DeviceMemoryUse? MemoryUse { get; }

    /// <summary>Returns the reason why nothing can be computed at present, in one sentence; null when there is none.</summary>
    string? FindProblem();

    /// <summary>Loads a component of the model in advance.</summary>
    Task PrepareAsync(ModelComponent component);

    /// <summary>Loads the component of a stage of which evaluations will be computed.</summary>
    /// <param name="inputs">Files of the input artefacts, by name.</param>
    Task PrepareAsync(DenoiseStage stage, IReadOnlyDictionary<string, string> inputs, CancellationToken cancellationToken);

    /// <summary>Runs a stage.</summary>
    /// <param name="progress">
    /// Receives the completed steps and the constant total: when the model is loaded and computing begins, after each step, and when
    /// computing has ended. The first number is above 0 when an interrupted run of the stage is continued.
    /// </param>
    /// <param name="evaluations">Connection to a helper for evaluations of guided steps.</param>
    Task RunAsync(StageRun run, Action<int, int> progress, IEvaluationExchange evaluations, CancellationToken cancellationToken);

    /// <summary>Computes offloaded evaluations of a guided step.</summary>
    Task RunEvaluationsAsync(EvaluationsRun run, CancellationToken cancellationToken);
}

/// <summary>A stage to run, with the files of its artefacts by name.</summary>
/// <param name="Digests">SHA-256 of the input artefacts, by name.</param>
public sealed record StageRun(
    Stage Stage, IReadOnlyDictionary<string, string> Inputs, IReadOnlyDictionary<string, string> Outputs,
    IReadOnlyDictionary<string, string> Digests);

/// <summary>Offloaded evaluations to compute.</summary>
/// <param name="Inputs">Files of the stage's input artefacts, by name.</param>
/// <param name="Count">Number of evaluations, counted from the last.</param>
/// <param name="TokensFile">The step's tokens.</param>
/// <param name="VelocitiesFile">The file to write.</param>
public sealed record EvaluationsRun(
    DenoiseStage Stage, IReadOnlyDictionary<string, string> Inputs, int Step, int Count, string TokensFile, string VelocitiesFile);
