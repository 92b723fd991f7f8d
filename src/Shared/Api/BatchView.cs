using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Api;

/// <summary>
/// A batch: the response to <c>GET /api/v1/batches/{batch}</c>. With <c>newer_than</c>, the response is delayed until the batch has a newer
/// version or <c>wait</c>, at most 30 seconds, has elapsed.
/// </summary>
/// <param name="Version">Version of the view; increases with every change.</param>
/// <param name="ElapsedS">Seconds from submission to the end of the batch, or until now.</param>
/// <param name="Workers">Names of the workers that took part or are in the farm.</param>
/// <param name="Clips">Clips in row order.</param>
/// <param name="Model">Digest of the model that renders the batch; null until a worker has joined.</param>
/// <param name="Problem">One-sentence reason for the coordinator to hold all work; null when work is not held.</param>
public sealed record BatchView(
    string Id, long Version, BatchState State, double ElapsedS, IReadOnlyList<string> Workers, IReadOnlyList<ClipView> Clips,
    string? Model = null, string? Problem = null)
{
    /// <summary>True while the batch is paused: its stages are not assigned.</summary>
    public bool Paused { get; init; }
}

/// <summary>A clip of a batch.</summary>
/// <param name="Row">Data row in the CSV, from 1.</param>
/// <param name="Output">File name relative to the output folder.</param>
/// <param name="Error">One-sentence reason for the failure; null unless the clip failed.</param>
/// <param name="ElapsedS">Seconds from the first assignment to the end of the clip, or until now.</param>
/// <param name="Remaining">Estimated time to completion; null while no worker can render the clip.</param>
/// <param name="Clip">The finished mp4 in the blob store.</param>
/// <param name="Framemd5">MD5 of the finished clip's framemd5 listing.</param>
/// <param name="Stages">Stages in plan order.</param>
/// <param name="WaitingFor">One-sentence reason why no worker renders the clip at present; null when one can.</param>
public sealed record ClipView(
    int Row, string Output, RenderSettings Settings, ClipState State, string? Error, double ElapsedS, RemainingTime? Remaining,
    BlobRef? Clip, string? Framemd5, IReadOnlyList<StageView> Stages, string? WaitingFor = null)
{
    /// <summary>Priority, deadline, preemption and tag; null in batches that an earlier version archived.</summary>
    public ClipConstraints? Constraints { get; init; }
}

/// <summary>An estimate of the remaining time with its range.</summary>
/// <param name="ExpectedS">Expected number of seconds.</param>
/// <param name="EarliestS">Number of seconds in the best case.</param>
/// <param name="LatestS">Number of seconds given the variation observed so far.</param>
public sealed record RemainingTime(double ExpectedS, double EarliestS, double LatestS);

/// <summary>A stage of a clip.</summary>
/// <param name="Stage">Id of the stage in the plan: <c>denoise-1</c>.</param>
/// <param name="Worker">Name of the worker of the current or last attempt; "coordinator" for muxing.</param>
/// <param name="Attempt">Number of the current or last attempt, from 1; 0 before the first.</param>
/// <param name="Step">Completed progress units: denoise steps, tiles, layers.</param>
/// <param name="Steps">Total number of progress units; 0 while unknown.</param>
/// <param name="ElapsedS">Seconds of the current or last attempt.</param>
public sealed record StageView(string Stage, StageState State, string? Worker, int Attempt, int Step, int Steps, double ElapsedS)
{
    /// <summary>The errors of failed attempts that count, each with the worker's name.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];
}

/// <summary>Status of a batch.</summary>
public enum BatchState
{
    /// <summary>Clips are waiting or rendering.</summary>
    Running,

    /// <summary>Every clip is finished, failed or cancelled.</summary>
    Ended,
}
