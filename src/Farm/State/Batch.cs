using System.Collections.Immutable;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Farm.State;

/// <summary>A submitted batch.</summary>
/// <param name="Id">Ids increase in the order of submission.</param>
/// <param name="ClientToken">The client's id for the submission.</param>
/// <param name="Weight">Its share of the farm among batches of the same priority class.</param>
/// <param name="EndedAt">When its last clip ended; null before.</param>
/// <param name="Model">Digest of the requested model; null when the first worker to join decides.</param>
/// <param name="Binding">Model and arithmetic of the workers that render it; null until a worker with its model joins.</param>
/// <param name="Served">
/// Work of its begun clips per unit of weight, in 10¹² operations; a new batch starts at the value of the least served open
/// batch.
/// </param>
/// <param name="HasPreempting">True when one of its clips may preempt running stages of lower classes.</param>
/// <param name="Left">Work of its unfinished stages by stage kind, in 10¹² operations.</param>
/// <param name="Clips">Its clips, by row.</param>
/// <param name="Waiting">
/// Clips that have not begun, although their prompts may be encoded, in the order in which they will begin.
/// </param>
/// <param name="Started">Clips that have begun denoising and have not ended, in that order.</param>
/// <param name="Ready">The started clips that have a ready stage for a worker.</param>
public sealed record Batch(
    string Id, string ClientToken, double Weight, DateTimeOffset SubmittedAt, DateTimeOffset? EndedAt, string? Model, ModelBinding? Binding,
    double Served, bool HasPreempting, ImmutableSortedDictionary<string, double> Left,
    ImmutableSortedDictionary<int, Clip> Clips, ImmutableSortedSet<ClipOrder> Waiting, ImmutableSortedSet<ClipOrder> Started,
    ImmutableSortedSet<ClipOrder> Ready)
{
    /// <summary>
    /// Failures of a worker on a stage kind after which it gets no such stage of the batch while another worker can run it.
    /// </summary>
    public const int MaxFailuresOfWorker = 3;

    /// <summary>
    /// Models that clips name instead of the batch's, by digest, with their arithmetic; null until a worker with that model joins.
    /// </summary>
    public ImmutableSortedDictionary<string, ModelBinding?> ModelsOfClips { get; init; } =
        ImmutableSortedDictionary.Create<string, ModelBinding?>(StringComparer.Ordinal);

    /// <summary>True when a clip has no model of its own.</summary>
    public bool UsesOwnModel { get; init; } = true;

    /// <summary>Number of failed clips at which the rest of the batch is cancelled; null for no limit.</summary>
    public int? MaxFailed { get; init; }

    /// <summary>True while its stages are not assigned, at the request of its owner; running attempts go on.</summary>
    public bool IsPaused { get; init; }

    /// <summary>Failures charged to workers, by worker and stage kind.</summary>
    public ImmutableDictionary<WorkerKind, int> Failures { get; init; } = ImmutableDictionary<WorkerKind, int>.Empty;

    /// <summary>Returns the model and arithmetic that render a clip; null until a worker with its model joins.</summary>
    public ModelBinding? BindingOf(Clip clip) => clip.Model is { } model ? ModelsOfClips.GetValueOrDefault(model) : Binding;

    /// <summary>True when it waits for a worker with this model.</summary>
    public bool AwaitsOwn(ModelBinding joined) => Binding is null && UsesOwnModel && (Model ?? joined.Model) == joined.Model;

    /// <summary>True when some of its clips wait for a worker with this model.</summary>
    public bool ClipsAwait(ModelBinding joined) => ModelsOfClips.TryGetValue(joined.Model, out var known) && known is null;

    /// <summary>
    /// True for a clip whose intermediate artefacts are kept: an open one, and a failed one until the batch ends, because it can be
    /// retried.
    /// </summary>
    public bool Keeps(Clip clip) => clip.IsOpen || (clip.State == ClipState.Failed && EndedAt is null);

    /// <summary>True for a worker that failed too often on a stage kind; a new process of the worker starts without failures.</summary>
    public bool IsBlocked(string worker, string kind) => Failures.GetValueOrDefault(new WorkerKind(worker, kind)) >= MaxFailuresOfWorker;
}

/// <summary>A worker and a stage kind.</summary>
/// <param name="Worker">The worker's id.</param>
/// <param name="Kind">Public name of the stage kind.</param>
public readonly record struct WorkerKind(string Worker, string Kind);

/// <summary>A clip's position in its batch: by priority, then deadline, then row.</summary>
/// <param name="Priority">Higher goes first.</param>
/// <param name="Deadline">Earlier goes first; null goes last.</param>
/// <param name="Row">Row number in the CSV's data.</param>
public readonly record struct ClipOrder(int Priority, DateTimeOffset? Deadline, int Row) : IComparable<ClipOrder>
{
    /// <inheritdoc/>
    public int CompareTo(ClipOrder other)
    {
        var byPriority = other.Priority.CompareTo(Priority);
        if (byPriority != 0)
            return byPriority;
        var byDeadline = (Deadline ?? DateTimeOffset.MaxValue).CompareTo(other.Deadline ?? DateTimeOffset.MaxValue);
        return byDeadline != 0 ? byDeadline : Row.CompareTo(other.Row);
    }
}
