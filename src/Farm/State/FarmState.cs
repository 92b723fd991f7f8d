using System.Collections.Immutable;
using MlxVideo.Farm.Events;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.State;

/// <summary>All that the coordinator knows of its batches and workers. Changed by <see cref="FarmEvents"/> alone.</summary>
/// <param name="Batches">Every batch by id.</param>
/// <param name="Open">Ids of the batches that have open clips.</param>
/// <param name="Workers">The workers that are in the farm, by id.</param>
/// <param name="Models">Names of the models of all workers that were ever in the farm, by digest.</param>
/// <param name="Local">Stages that are ready and need no worker, in the order in which they became ready.</param>
/// <param name="ByKey">The stages of open clips by derivation key: equal keys, equal results.</param>
public sealed record FarmState(
    ImmutableSortedDictionary<string, Batch> Batches,
    ImmutableSortedSet<string> Open,
    ImmutableSortedDictionary<string, FarmWorker> Workers,
    ImmutableSortedDictionary<string, string> Models,
    ImmutableList<StageAddress> Local,
    ImmutableDictionary<string, ImmutableList<StageAddress>> ByKey)
{
    /// <summary>A farm without batches and workers.</summary>
    public static FarmState Empty { get; } = new(
        ImmutableSortedDictionary.Create<string, Batch>(StringComparer.Ordinal),
        ImmutableSortedSet.Create<string>(StringComparer.Ordinal),
        ImmutableSortedDictionary.Create<string, FarmWorker>(StringComparer.Ordinal),
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal),
        [],
        ImmutableDictionary.Create<string, ImmutableList<StageAddress>>(StringComparer.Ordinal));

    /// <summary>The clip of a stage; null when there is none.</summary>
    public Clip? ClipOf(StageAddress stage) =>
        Batches.TryGetValue(stage.Batch, out var batch) && batch.Clips.TryGetValue(stage.Row, out var clip) ? clip : null;

    /// <summary>Where a stage stands; null when there is none.</summary>
    public StageStatus? StatusOf(StageAddress stage) =>
        ClipOf(stage) is { } clip && clip.Stages.TryGetValue(stage.StageId, out var status) ? status : null;
}

/// <summary>A worker that is in the farm.</summary>
/// <param name="Id">Stable over restarts.</param>
/// <param name="Epoch">Of its current process.</param>
/// <param name="Name">For people.</param>
/// <param name="Device">What it computes on.</param>
/// <param name="Model">Digest of its model.</param>
/// <param name="ModelName">Name of the model for people.</param>
/// <param name="Capabilities">What it can do.</param>
/// <param name="Current">The attempt it was given last and has not reported on.</param>
/// <param name="Offload">The attempt that it helps while it has none of its own.</param>
/// <param name="Problem">Why it can run no stage just now: one sentence; null when it can.</param>
public sealed record FarmWorker(
    string Id, string Epoch, string Name, string Device, string Model, string ModelName, WorkerCapabilities Capabilities,
    CurrentAttempt? Current,
    OffloadAddress? Offload = null, string? Problem = null)
{
    /// <summary>The batches that it may render.</summary>
    public ModelBinding Binding => new(Model, Capabilities.Arithmetic);
}

/// <summary>The attempt that a worker has.</summary>
/// <param name="Address">The attempt.</param>
/// <param name="StartedAt">When it was assigned.</param>
public sealed record CurrentAttempt(AttemptAddress Address, DateTimeOffset StartedAt);
