using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Display;

namespace MlxVideo.Cli.Farm.Progress;

/// <summary>Display texts for a clip's progress; empty where they do not apply.</summary>
/// <param name="Stage">Running stages, or the clip's state.</param>
/// <param name="Step">Completed and total steps: <c>4/8</c>.</param>
/// <param name="Worker">Workers that run the stages.</param>
/// <param name="Elapsed">Elapsed time.</param>
/// <param name="Estimate">Remaining time with its range.</param>
internal sealed record ClipLine(string Stage, string Step, string Worker, string Elapsed, string Estimate)
{
    /// <param name="age">Seconds since the view was created, which add to the elapsed time of a running clip.</param>
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
