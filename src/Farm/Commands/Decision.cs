using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Commands;

/// <summary>What is to be done now.</summary>
/// <param name="Preempt">Attempts to stop, for the assignments that follow.</param>
/// <param name="Assign">Tasks and copies of tasks for free workers.</param>
/// <param name="Prefetch">Model parts to load where there is nothing else to do.</param>
/// <param name="Help">Workers with nothing to do that are to help others.</param>
public sealed record Decision(IReadOnlyList<AttemptAddress> Preempt, IReadOnlyList<Assignment> Assign, IReadOnlyList<Prefetch> Prefetch,
    IReadOnlyList<HelpAssignment> Help)
{
    /// <summary>Nothing is to be done.</summary>
    public static Decision Nothing { get; } = new([], [], [], []);
}

/// <summary>A task that a worker is to be given.</summary>
/// <param name="Task">The task.</param>
/// <param name="Worker">The worker's id.</param>
/// <param name="IsCopy">True when the task runs already and this is a second attempt that races the first.</param>
public sealed record Assignment(TaskAddress Task, string Worker, bool IsCopy = false);

/// <summary>A model part that a worker is to load.</summary>
/// <param name="Worker">The worker's id.</param>
/// <param name="Part">The part.</param>
public sealed record Prefetch(string Worker, ModelPart Part);

/// <summary>Passes of a live attempt's guided steps that a free worker is to compute.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="Worker">Id of the worker that helps.</param>
/// <param name="Passes">How many passes of each step.</param>
public sealed record HelpAssignment(AttemptAddress Attempt, string Worker, int Passes);
