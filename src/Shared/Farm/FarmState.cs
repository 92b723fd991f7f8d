using System.Collections.Immutable;

namespace MlxVideo.Shared.Farm;

/// <summary>All that the coordinator knows of its batches and workers. Changed by <see cref="FarmEvents"/> alone.</summary>
/// <param name="Batches">Every batch by id.</param>
/// <param name="Workers">The workers that are in the farm, by id.</param>
public sealed record FarmState(
    ImmutableSortedDictionary<string, Batch> Batches,
    ImmutableSortedDictionary<string, FarmWorker> Workers)
{
    /// <summary>A farm without batches and workers.</summary>
    public static FarmState Empty { get; } = new(
        ImmutableSortedDictionary.Create<string, Batch>(StringComparer.Ordinal),
        ImmutableSortedDictionary.Create<string, FarmWorker>(StringComparer.Ordinal));
}

/// <summary>A worker that is in the farm.</summary>
/// <param name="Id">Stable over restarts.</param>
/// <param name="Epoch">Of its current process.</param>
/// <param name="Name">For people.</param>
/// <param name="Device">What it computes on.</param>
/// <param name="Model">Fingerprint of its model.</param>
/// <param name="Current">The attempt it was given last and has not reported on.</param>
public sealed record FarmWorker(string Id, string Epoch, string Name, string Device, string Model, Protocol.AttemptAddress? Current);
