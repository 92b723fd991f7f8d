using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.Profiles;

/// <summary>
/// A size of a kind of stage that did not fit into a worker's memory. It, and all that is larger, goes to other workers
/// where one can run it.
/// </summary>
/// <param name="Elements">Activations, in elements, that did not fit.</param>
/// <param name="Until">
/// When the limit expires. Memory is often taken by another program for a while; to find out that it still is costs one
/// attempt. A success of that size and a new process of the worker end the limit too.
/// </param>
public sealed record MemoryLimit(double Elements, DateTimeOffset Until)
{
    /// <summary>How long a limit holds: some stages of the largest clips, a small part of a night's batch.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    // What fits so many times over by the plan does not fail because of its size.
    private const double Room = 4;

    /// <summary>True while stages of a size are better given to other workers.</summary>
    public bool Holds(StageWork work, DateTimeOffset now) => work.ActivationElements >= Elements && now < Until;

    /// <summary>
    /// The limit after a stage ran out of memory; the one before where the stage's size is not the reason: by the memory plan
    /// it fits with room to spare. Such a failure counts against the stage alone, which other workers try.
    /// </summary>
    /// <param name="before">The limit before.</param>
    /// <param name="work">The stage.</param>
    /// <param name="worker">What the worker has.</param>
    /// <param name="now">The time.</param>
    public static MemoryLimit? After(MemoryLimit? before, StageWork work, WorkerCapabilities worker, DateTimeOffset now)
    {
        if (work.Component is not { } component || worker.LeastBytesOf(component) is not { } weights
            || weights + (Room * work.ActivationElements * worker.BytesPerElement) <= worker.MemoryBytes)
            return before;
        return new MemoryLimit(before is not null && now < before.Until
            ? Math.Min(before.Elements, work.ActivationElements)
            : work.ActivationElements, now + Lifetime);
    }
}
