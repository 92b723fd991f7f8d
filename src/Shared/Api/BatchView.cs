using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Api;

/// <summary>
/// A batch as <c>GET /api/batches/{id}?version=V&amp;wait=SECONDS</c> shows it; with a version the answer waits until the
/// batch has a newer one or the seconds (at most 30) have passed.
/// </summary>
/// <param name="Id">The batch's id.</param>
/// <param name="Version">Grows with every change of what is shown.</param>
/// <param name="State">Where the batch stands.</param>
/// <param name="ElapsedS">Seconds since it was submitted, until it ended.</param>
/// <param name="Workers">Names of the workers that took part or are in the farm.</param>
/// <param name="Clips">The clips in row order.</param>
/// <param name="Model">Digest of the model that renders it; null until a worker is in the farm.</param>
/// <param name="Problem">Why the coordinator holds all work: one sentence; null while it does not.</param>
public sealed record BatchView(
    string Id, long Version, BatchState State, double ElapsedS, IReadOnlyList<string> Workers, IReadOnlyList<ClipView> Clips,
    string? Model = null, string? Problem = null);

/// <summary>One clip of a batch.</summary>
/// <param name="Row">Row number in the CSV's data, from 1.</param>
/// <param name="Output">File name relative to the output folder.</param>
/// <param name="Settings">What is rendered.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Error">Why it failed: one sentence.</param>
/// <param name="ElapsedS">Seconds from its first assignment on, until it ended.</param>
/// <param name="Remaining">How long it will take until it is finished; null while no worker can run it.</param>
/// <param name="Clip">The finished mp4 in the blob store.</param>
/// <param name="Framemd5">MD5 of the finished clip's framemd5 listing.</param>
/// <param name="Stages">Its stages in plan order.</param>
/// <param name="WaitingFor">Why no worker of the farm can render it, one sentence; null when some can.</param>
public sealed record ClipView(
    int Row, string Output, RenderSettings Settings, ClipState State, string? Error, double ElapsedS, RemainingTime? Remaining,
    BlobRef? Clip, string? Framemd5, IReadOnlyList<StageView> Stages, string? WaitingFor = null);

/// <summary>An estimate with its range.</summary>
/// <param name="ExpectedS">Most likely seconds.</param>
/// <param name="EarliestS">Seconds if all goes well.</param>
/// <param name="LatestS">Seconds if times vary as they did so far.</param>
public sealed record RemainingTime(double ExpectedS, double EarliestS, double LatestS);

/// <summary>One stage of a clip.</summary>
/// <param name="Stage">The stage's id in the plan: <c>denoise-1</c>.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Worker">Name of the worker of the current or last attempt; "coordinator" for muxing.</param>
/// <param name="Attempt">Number of the current or last attempt, from 1; 0 before the first.</param>
/// <param name="Step">Steps done: denoise steps, tiles, layers.</param>
/// <param name="Steps">Steps in all; 0 while unknown.</param>
/// <param name="ElapsedS">Seconds of the current or last attempt.</param>
public sealed record StageView(string Stage, StageState State, string? Worker, int Attempt, int Step, int Steps, double ElapsedS);

/// <summary>Where a batch stands.</summary>
public enum BatchState
{
    /// <summary>Clips are waiting or rendering.</summary>
    Running,

    /// <summary>Every clip is finished, failed or cancelled.</summary>
    Ended,
}
