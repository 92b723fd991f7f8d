using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Cli.Generate.Progress;

/// <summary>
/// Writes the lines that programs read from mlx-video's output: <c>Denoising 3/8 ETA 0:06</c>, <c>Streaming frames 33/121 ETA 1:02</c>.
/// </summary>
/// <param name="every">Steps or frames between two lines; the first and the last of a phase always have one.</param>
internal sealed class EchoLines(TextWriter output, StagePlan plan, EchoIntervals every) : IRenderObserver
{
    private readonly PhaseCounter _counter = new(plan);
    private (Type? Stage, int Done) _last;

    /// <inheritdoc/>
    public void OnStep(RenderStep step)
    {
        if (step.Done == 0)
            return;
        switch (step.Progress.Stage)
        {
            case DenoiseStage:
                Write("Denoising", every.Denoise, step);
                break;
            case DecodeVideoStage:
                Write("Streaming frames", every.Decode, step);
                break;
        }
    }

    /// <inheritdoc/>
    public void OnStageEnded(Stage stage, TimeSpan duration)
    {
        if (stage is DenoiseStage)
            _last = default;
    }

    private void Write(string what, int interval, RenderStep step)
    {
        var count = _counter.Count(step);
        var stage = step.Progress.Stage.GetType();
        if (_last.Stage == stage && count.Done < count.Total && count.Done - _last.Done < interval)
            return;
        _last = (stage, count.Done);
        output.WriteLine($"{what} {count.Done}/{count.Total} ETA {Eta(count.Remaining)}");
        output.Flush();
    }

    private static string Eta(TimeSpan remaining)
    {
        var seconds = (long)Math.Round(remaining.TotalSeconds);
        return seconds < 3600 ? $"{seconds / 60}:{seconds % 60:00}" : $"{seconds / 3600}:{seconds / 60 % 60:00}:{seconds % 60:00}";
    }
}
