using System.Collections.Immutable;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Renders.Stages;

namespace MlxVideo.Shared.Farm;

/// <summary>A submitted batch.</summary>
/// <param name="Id">Its id; ids grow in the order of submission.</param>
/// <param name="ClientToken">The client's own name for the submission.</param>
/// <param name="SubmittedAt">When it was submitted.</param>
/// <param name="EndedAt">When its last clip ended.</param>
/// <param name="Model">Fingerprint of the model that renders it, fixed by its first assignment.</param>
/// <param name="Clips">Its clips by row.</param>
public sealed record Batch(
    string Id, string ClientToken, DateTimeOffset SubmittedAt, DateTimeOffset? EndedAt, string? Model,
    ImmutableSortedDictionary<int, Clip> Clips);

/// <summary>One clip of a batch.</summary>
/// <param name="Row">Row number in the CSV's data.</param>
/// <param name="Output">File name relative to the client's output folder.</param>
/// <param name="Priority">Higher goes first.</param>
/// <param name="Settings">What is rendered.</param>
/// <param name="Plan">Its tasks.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="StartedAt">When its first task was assigned.</param>
/// <param name="EndedAt">When it was finished, failed or cancelled.</param>
/// <param name="Framemd5">MD5 of the finished clip's framemd5 listing.</param>
/// <param name="Artefacts">What exists of the plan's artefacts, by name.</param>
/// <param name="Stages">Where its tasks stand, by id.</param>
public sealed record Clip(
    int Row, string Output, int Priority, RenderSettings Settings, StagePlan Plan, ClipState State, string? Error,
    DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, string? Framemd5,
    ImmutableDictionary<string, BlobRef> Artefacts, ImmutableDictionary<string, StageProgress> Stages)
{
    /// <summary>True while it may still be finished.</summary>
    public bool IsOpen => State is ClipState.Waiting or ClipState.Rendering;

    /// <summary>Its tasks that could be assigned now.</summary>
    public IEnumerable<StageTask> ReadyTasks() =>
        IsOpen ? Plan.Tasks.Where(task => Stages[task.Id].State == StageState.Ready) : [];
}

/// <summary>Where one task stands.</summary>
/// <param name="State">Blocked, ready, running, done or failed.</param>
/// <param name="Attempt">Number of the current or last attempt; 0 before the first.</param>
/// <param name="Worker">Id of that attempt's worker.</param>
/// <param name="WorkerName">Its name.</param>
/// <param name="StartedAt">When that attempt was assigned.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="FailedOn">Workers on which an attempt failed, one entry for each failure.</param>
public sealed record StageProgress(
    StageState State, int Attempt, string? Worker, string? WorkerName, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt,
    ImmutableList<string> FailedOn)
{
    /// <summary>A task that waits for its inputs.</summary>
    public static StageProgress Blocked { get; } = new(StageState.Blocked, 0, null, null, null, null, []);
}
