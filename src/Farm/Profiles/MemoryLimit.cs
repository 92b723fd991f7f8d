using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.Profiles;

/// <summary>
/// A stage size that did not fit into a worker's memory. Stages of the kind with this or a larger size go to other workers, if
/// any can run them.
/// </summary>
/// <param name="Elements">Number of activation elements that did not fit.</param>
/// <param name="Until">
/// When the limit expires. Another program often occupies memory only for a while; checking whether it still does costs one
/// attempt. A success at that size or a new process of the worker also ends the limit.
/// </param>
public sealed record MemoryLimit(double Elements, DateTimeOffset Until)
{
    /// <summary>Lifetime of a limit: a few stages of the largest clips, a small fraction of an overnight batch.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    // A stage that fits by this factor according to the memory plan does not fail because of its size.
    private const double Room = 4;

    /// <summary>True while stages of this size should go to other workers.</summary>
    public bool Holds(StageWork work, DateTimeOffset now) => work.ActivationElements >= Elements && now < Until;

    /// <summary>
    /// Returns the limit after a stage ran out of memory, or the previous limit when size is not the cause because the stage fits
    /// the memory plan with room to spare. Such a failure counts against the stage alone, and other workers try it.
    /// </summary>
    /// <param name="before">The previous limit; null when there is none.</param>
    public static MemoryLimit? After(MemoryLimit? before, StageWork work, WorkerCapabilities worker, DateTimeOffset now)
    {
        if (work.Component is not { } component || worker.MinBytesOf(component) is not { } weights
            || weights + (Room * work.ActivationElements * worker.BytesPerElement) <= worker.MemoryBytes)
            return before;
        return new MemoryLimit(before is not null && now < before.Until
            ? Math.Min(before.Elements, work.ActivationElements)
            : work.ActivationElements, now + Lifetime);
    }
}
