using MlxVideo.Shared.Stages;

namespace MlxVideo.Cli.Generate.Progress;

/// <summary>Counts what the phases of mlx-video's events count: denoise steps of a pass, decoded frames of the clip.</summary>
internal sealed class PhaseCounter(StagePlan plan)
{
    private readonly IReadOnlyList<DecodeVideoStage> _decodes = [.. plan.Stages.OfType<DecodeVideoStage>()];

    /// <summary>Returns the progress of a step's phase; the step has finished at least one progress unit.</summary>
    public PhaseCount Count(RenderStep step)
    {
        if (step.Progress.Stage is not DecodeVideoStage decode)
            return new PhaseCount(step.Done, step.Total, step.Elapsed);
        var before = _decodes.TakeWhile(other => other.Id != decode.Id).Select(other => other.Tile.FrameStop).LastOrDefault();
        var frames = (decode.Tile.FrameStop - before) * step.Done / step.Total;
        return new PhaseCount(before + frames, _decodes[^1].Tile.FrameStop, step.PhaseElapsed);
    }
}

/// <summary>Progress of a phase.</summary>
/// <param name="Done">Finished steps or frames.</param>
/// <param name="Total">All of them.</param>
/// <param name="Elapsed">Time since the phase started.</param>
internal sealed record PhaseCount(int Done, int Total, TimeSpan Elapsed)
{
    /// <summary>Estimated time until the phase ends.</summary>
    public TimeSpan Remaining => Done == 0 ? TimeSpan.Zero : Elapsed * (Total - Done) / Done;
}
