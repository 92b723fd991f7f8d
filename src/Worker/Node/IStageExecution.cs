using MlxVideo.Shared.Protocol;

namespace MlxVideo.Worker.Node;

/// <summary>Runs one assigned task to its end: fetches inputs, computes, stores outputs with the coordinator.</summary>
public interface IStageExecution
{
    /// <summary>Runs a task.</summary>
    /// <param name="assignment">The task and its inputs.</param>
    /// <param name="api">The coordinator's blob store.</param>
    /// <param name="progress">Told of each step: steps done, steps in all. Called on the engine's thread.</param>
    /// <param name="cancellation">Honoured between steps.</param>
    /// <returns>The outputs, which the coordinator's store holds.</returns>
    /// <exception cref="StageExecutionException">The attempt failed.</exception>
    Task<IReadOnlyList<NamedBlob>> Run(AssignTask assignment, Uri api, Action<int, int> progress, CancellationToken cancellation);
}

/// <summary>An attempt that failed, and what becomes of its task.</summary>
public sealed class StageExecutionException(FailureKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What becomes of the task.</summary>
    public FailureKind Kind { get; } = kind;
}
