using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Commands;

/// <summary>What is to be done now.</summary>
/// <param name="Preempt">Attempts to stop, for the assignments that follow.</param>
/// <param name="Assign">Stages and copies of stages for free workers.</param>
/// <param name="Prefetch">Components to load where there is nothing else to do.</param>
/// <param name="Offload">Workers with nothing to do that are to help others.</param>
public sealed record Decision(IReadOnlyList<AttemptAddress> Preempt, IReadOnlyList<Assignment> Assign, IReadOnlyList<Prefetch> Prefetch,
    IReadOnlyList<OffloadAssignment> Offload)
{
    /// <summary>Nothing is to be done.</summary>
    public static Decision Nothing { get; } = new([], [], [], []);
}

/// <summary>A stage that a worker is to be given.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Worker">The worker's id.</param>
/// <param name="IsSpeculative">True when the stage runs already and this is a second attempt that races the first.</param>
public sealed record Assignment(StageAddress Stage, string Worker, bool IsSpeculative = false);

/// <summary>A component that a worker is to load.</summary>
/// <param name="Worker">The worker's id.</param>
/// <param name="Component">The part.</param>
public sealed record Prefetch(string Worker, ModelComponent Component);

/// <summary>Evaluations of a live attempt's guided steps that a free worker is to compute.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="Worker">Id of the worker that helps.</param>
/// <param name="Evaluations">How many evaluations of each step.</param>
public sealed record OffloadAssignment(AttemptAddress Attempt, string Worker, int Evaluations);
