using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Commands;

/// <summary>A scheduling decision.</summary>
/// <param name="Preempt">Attempts to stop in favour of the assignments.</param>
/// <param name="Assign">Stages and speculative attempts for idle workers.</param>
/// <param name="Prefetch">Components to load on workers without other work.</param>
/// <param name="Offload">Evaluations to offload to workers without other work.</param>
public sealed record Decision(IReadOnlyList<AttemptAddress> Preempt, IReadOnlyList<Assignment> Assign, IReadOnlyList<Prefetch> Prefetch,
    IReadOnlyList<OffloadAssignment> Offload)
{
    /// <summary>The empty decision.</summary>
    public static Decision Nothing { get; } = new([], [], [], []);
}

/// <summary>The assignment of a stage to a worker.</summary>
/// <param name="Worker">The worker's id.</param>
/// <param name="IsSpeculative">True for a speculative attempt, which races the running one.</param>
public sealed record Assignment(StageAddress Stage, string Worker, bool IsSpeculative = false);

/// <summary>A component for a worker to load ahead of time.</summary>
/// <param name="Worker">The worker's id.</param>
public sealed record Prefetch(string Worker, ModelComponent Component);

/// <summary>Evaluations of a live attempt's guided steps to offload to an idle worker.</summary>
/// <param name="Worker">The helper's id.</param>
/// <param name="Evaluations">Number of evaluations per step.</param>
public sealed record OffloadAssignment(AttemptAddress Attempt, string Worker, int Evaluations);
