namespace MlxVideo.Cli.Chaos.Plan;

/// <summary>A scheduled fault.</summary>
/// <param name="At">Time from the start of the schedule.</param>
/// <param name="Worker">Index of the worker, from 0; ignored by faults of the coordinator and the clients.</param>
/// <param name="Duration">Time until the fault is undone or the killed process is restarted.</param>
/// <param name="Choice">A number from 0 for choices that depend on the farm's state, such as one of several files.</param>
public sealed record Fault(TimeSpan At, FaultKind Kind, int Worker, TimeSpan Duration, int Choice);
