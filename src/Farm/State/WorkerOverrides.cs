using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.State;

/// <summary>What an operator set in place of a worker's own settings.</summary>
/// <param name="Name">The worker's display name.</param>
/// <param name="Tags">Its tags; null for its own.</param>
/// <param name="Hours">Its hours; null for its own.</param>
public sealed record WorkerOverrides(string Name, IReadOnlyList<string>? Tags = null, AllowedHours? Hours = null)
{
    /// <summary>True when the worker's own settings apply.</summary>
    public bool IsEmpty => Tags is null && Hours is null;

    /// <summary>Returns a worker's capabilities with these settings.</summary>
    public WorkerCapabilities ApplyTo(WorkerCapabilities own) =>
        IsEmpty ? own : own with { Tags = Tags is null ? own.Tags : [.. Tags], Hours = Hours ?? own.Hours };
}
