using MlxVideo.Engine.Rendering;

namespace MlxVideo.Cli.Generate.Progress;

/// <summary>A clip's progress with the pace of the running stage.</summary>
/// <param name="Progress">The progress that was reported.</param>
/// <param name="Elapsed">Time since the stage started, which includes loading its weights.</param>
/// <param name="PhaseElapsed">Time since the first of successive stages of the same kind started.</param>
internal sealed record RenderStep(RenderProgress Progress, TimeSpan Elapsed, TimeSpan PhaseElapsed)
{
    /// <summary>Finished progress units.</summary>
    public int Done => Progress.Progress.Done;

    /// <summary>Total progress units.</summary>
    public int Total => Progress.Progress.Total;

    /// <summary>Mean time per finished progress unit; null before the first one.</summary>
    public TimeSpan? TimePerUnit => Done == 0 ? null : Elapsed / Done;

    /// <summary>Estimated time until the stage ends; null before the first finished progress unit.</summary>
    public TimeSpan? Remaining => TimePerUnit * (Total - Done);
}
