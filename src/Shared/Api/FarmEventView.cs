namespace MlxVideo.Shared.Api;

/// <summary>What happened in the farm.</summary>
/// <param name="Events">The events, the newest last.</param>
public sealed record FarmEventList(IReadOnlyList<FarmEventView> Events);

/// <summary>An event of the farm's history.</summary>
/// <param name="Id">Its number, which increases with each event.</param>
/// <param name="At">When it happened, by the coordinator's clock.</param>
/// <param name="Text">One sentence without a period.</param>
public sealed record FarmEventView(long Id, DateTimeOffset At, FarmEventKind Kind, string Text)
{
    /// <summary>The batch that it concerns; null for none.</summary>
    public string? Batch { get; init; }

    /// <summary>The row of the batch; null when it does not concern a single one.</summary>
    public int? Row { get; init; }

    /// <summary>Id of the stage; null for none.</summary>
    public string? Stage { get; init; }

    /// <summary>Number of the attempt at the stage; null for none.</summary>
    public int? Attempt { get; init; }

    /// <summary>Name of the worker; null for none.</summary>
    public string? Worker { get; init; }
}

/// <summary>Kinds of events. Their names in JSON do not change.</summary>
public enum FarmEventKind
{
    /// <summary>The coordinator started, or continued after its database was away.</summary>
    FarmStarted,

    /// <summary>A batch was submitted.</summary>
    BatchSubmitted,

    /// <summary>A batch was paused.</summary>
    BatchPaused,

    /// <summary>A paused batch was resumed.</summary>
    BatchResumed,

    /// <summary>The rest of a batch was cancelled.</summary>
    BatchCancelled,

    /// <summary>The last row of a batch ended.</summary>
    BatchEnded,

    /// <summary>An ended batch was removed.</summary>
    BatchRemoved,

    /// <summary>The priority of rows was changed.</summary>
    PriorityChanged,

    /// <summary>The deadline of rows was changed.</summary>
    DeadlineChanged,

    /// <summary>Ended rows are rendered again.</summary>
    RowsRetried,

    /// <summary>A row failed for good.</summary>
    RowFailed,

    /// <summary>An attempt at a stage failed.</summary>
    AttemptFailed,

    /// <summary>An artefact was lost and is made again.</summary>
    ArtefactLost,

    /// <summary>A worker joined, or joined again with a new process.</summary>
    WorkerJoined,

    /// <summary>A worker joined whose device failed the self-test.</summary>
    WorkerUnfit,

    /// <summary>A worker left or was lost.</summary>
    WorkerLeft,

    /// <summary>A worker can't run stages at present, for example because its connection was closed.</summary>
    WorkerBlocked,

    /// <summary>A worker can run stages again.</summary>
    WorkerUnblocked,

    /// <summary>A worker gets no more stages at the request of its owner.</summary>
    WorkerDrained,

    /// <summary>A drained worker may be given stages again.</summary>
    WorkerResumed,

    /// <summary>The tags of a worker were changed.</summary>
    WorkerTagged,

    /// <summary>The hours of a worker were changed.</summary>
    WorkerHoursChanged,

    /// <summary>What was remembered of an absent worker was removed.</summary>
    WorkerForgotten,

    /// <summary>The certificates of a worker were revoked.</summary>
    WorkerRevoked,

    /// <summary>The coordinator holds all work, for example because its disk is full.</summary>
    WorkHeld,

    /// <summary>Work continues.</summary>
    WorkContinued,
}
