using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Display;

namespace MlxVideo.Cli.Farm.Progress;

/// <summary>What one clip is doing, in words.</summary>
/// <param name="Stage">The running stages, or the clip's state.</param>
/// <param name="Step">Step k of n.</param>
/// <param name="Worker">Who works on it.</param>
/// <param name="Elapsed">How long it has taken.</param>
/// <param name="Estimate">How long it may still take, with the range.</param>
internal sealed record ClipLine(string Stage, string Step, string Worker, string Elapsed, string Estimate)
{
    /// <param name="clip">The clip.</param>
    /// <param name="age">Seconds since the view was made: a running clip's clock has gone on.</param>
    public static ClipLine Of(ClipView clip, double age = 0)
    {
        var running = clip.Stages.Where(stage => stage.State == StageState.Running).ToList();
        var isRendering = clip.State == ClipState.Rendering;
        var name = clip.State switch
        {
            ClipState.Rendering when running.Count > 0 => string.Join(", ", running.Select(stage => stage.Stage)),
            ClipState.Rendering => "waiting for a worker",
            _ => clip.State.ToString().ToLowerInvariant(),
        };
        return new ClipLine(
            name,
            string.Join(", ", running.Where(stage => stage.Steps > 0).Select(stage => $"{stage.Step}/{stage.Steps}")),
            string.Join(", ", running.Select(stage => stage.Worker)),
            clip.State == ClipState.Waiting ? "" : Readable.Duration(clip.ElapsedS + (isRendering ? age : 0)),
            isRendering && clip.Remaining is { } remaining ? EstimateOf(remaining, age) : "");
    }

    private static string EstimateOf(RemainingTime remaining, double age)
    {
        return $"about {Left(remaining.ExpectedS)} ({Left(remaining.EarliestS)} to {Left(remaining.LatestS)})";

        string Left(double seconds) => Readable.Duration(Math.Max(0, seconds - age));
    }
}
