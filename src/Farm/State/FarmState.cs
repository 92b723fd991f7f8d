using System.Collections.Immutable;
using MlxVideo.Farm.Events;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.State;

/// <summary>The state of the coordinator's batches and workers. Changed only by <see cref="FarmEvents"/>.</summary>
/// <param name="Batches">All batches, by id.</param>
/// <param name="Open">Ids of the batches with open clips.</param>
/// <param name="Workers">The workers in the farm, by id.</param>
/// <param name="Models">Names of the models of all current and former workers, by digest.</param>
/// <param name="Local">Ready stages that run without a worker, in the order in which they became ready.</param>
/// <param name="ByKey">The stages of open clips by derivation key; equal keys mean equal results.</param>
public sealed record FarmState(
    ImmutableSortedDictionary<string, Batch> Batches,
    ImmutableSortedSet<string> Open,
    ImmutableSortedDictionary<string, FarmWorker> Workers,
    ImmutableSortedDictionary<string, string> Models,
    ImmutableList<StageAddress> Local,
    ImmutableDictionary<string, ImmutableList<StageAddress>> ByKey)
{
    /// <summary>A farm without batches or workers.</summary>
    public static FarmState Empty { get; } = new(
        ImmutableSortedDictionary.Create<string, Batch>(StringComparer.Ordinal),
        ImmutableSortedSet.Create<string>(StringComparer.Ordinal),
        ImmutableSortedDictionary.Create<string, FarmWorker>(StringComparer.Ordinal),
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal),
        [],
        ImmutableDictionary.Create<string, ImmutableList<StageAddress>>(StringComparer.Ordinal));

    /// <summary>Number of batches ever submitted; part of new ids.</summary>
    public int SubmittedBatches { get; init; }

    /// <summary>Batches that were moved to the archive, by client token: a repeated submission must find them.</summary>
    public ImmutableDictionary<string, ArchivedBatch> Archived { get; init; } =
        ImmutableDictionary.Create<string, ArchivedBatch>(StringComparer.Ordinal);

    /// <summary>Names of the drained workers, by id: they get no stages, whether they are in the farm or not.</summary>
    public ImmutableSortedDictionary<string, string> Drained { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>What operators set in place of workers' own settings, by the workers' ids, whether they are in the farm or not.</summary>
    public ImmutableSortedDictionary<string, WorkerOverrides> Overrides { get; init; } =
        ImmutableSortedDictionary.Create<string, WorkerOverrides>(StringComparer.Ordinal);

    /// <summary>Returns the clip of a stage; null when there is none.</summary>
    public Clip? ClipOf(StageAddress stage) =>
        Batches.TryGetValue(stage.Batch, out var batch) && batch.Clips.TryGetValue(stage.Row, out var clip) ? clip : null;

    /// <summary>Returns the model and arithmetic that render a stage's clip; null when there is none yet.</summary>
    public ModelBinding? BindingOf(StageAddress stage) =>
        ClipOf(stage) is { } clip ? Batches[stage.Batch].BindingOf(clip) : null;

    /// <summary>Returns a stage's status; null when there is no such stage.</summary>
    public StageStatus? StatusOf(StageAddress stage) =>
        ClipOf(stage) is { } clip && clip.Stages.TryGetValue(stage.StageId, out var status) ? status : null;
}

/// <summary>An ended batch whose details are in the archive.</summary>
/// <param name="Model">Digest of the model that rendered it; null when no worker with its model ever joined.</param>
public sealed record ArchivedBatch(string Id, string? Model);

/// <summary>A worker in the farm.</summary>
/// <param name="Id">Stable across restarts.</param>
/// <param name="Epoch">Identifies its current process.</param>
/// <param name="Name">Display name.</param>
/// <param name="Device">Compute device.</param>
/// <param name="Model">Digest of its model.</param>
/// <param name="ModelName">Display name of its model.</param>
/// <param name="Current">The last assigned attempt, until its end is reported.</param>
/// <param name="Offload">The offload that it computes while it has no attempt of its own.</param>
/// <param name="Problem">Why it can't run stages at the moment, in one sentence; null when it can.</param>
public sealed record FarmWorker(
    string Id, string Epoch, string Name, string Device, string Model, string ModelName, WorkerCapabilities Capabilities,
    CurrentAttempt? Current,
    OffloadAddress? Offload = null, string? Problem = null)
{
    private readonly WorkerCapabilities? _own;

    /// <summary>The capabilities that it reported; <see cref="Capabilities"/> also has what its operator set.</summary>
    public WorkerCapabilities Own
    {
        get => _own ?? Capabilities;
        init => _own = value;
    }

    /// <summary>False when it must not run stages (<see cref="WorkerCapabilities.Unfit"/>).</summary>
    public bool IsFit => Capabilities.Unfit is null;

    /// <summary>The binding of the batches that it may render.</summary>
    public ModelBinding Binding => new(Model, Capabilities.Arithmetic);
}

/// <summary>A worker's current attempt.</summary>
/// <param name="StartedAt">When it was assigned.</param>
public sealed record CurrentAttempt(AttemptAddress Address, DateTimeOffset StartedAt);
