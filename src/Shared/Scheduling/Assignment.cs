using MlxVideo.Shared.Protocol;

namespace MlxVideo.Shared.Scheduling;

/// <summary>A task that a worker is to be given.</summary>
/// <param name="Task">The task.</param>
/// <param name="Worker">The worker's id.</param>
public sealed record Assignment(TaskAddress Task, string Worker);
