using System.Text.Json;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Cli.Generate.Progress;

/// <summary>
/// Writes progress as lines <c>MLX_VIDEO_UI_EVENT {json}</c>, which user interfaces of mlx-video read: kind, phase, current, total, percent
/// and eta_seconds. Denoise passes count steps, decoding counts frames.
/// </summary>
internal sealed class EventWriter(TextWriter output, RenderPhases phases, StagePlan plan) : IRenderObserver
{
    private readonly PhaseCounter _counter = new(plan);

    /// <inheritdoc/>
    public void OnStep(RenderStep step)
    {
        if (step.Done == 0 || phases.EventPhase(step.Progress.Stage) is not { } phase)
            return;
        var count = _counter.Count(step);
        var payload = new
        {
            kind = "progress",
            phase,
            current = count.Done,
            total = count.Total,
            percent = 100.0 * count.Done / count.Total,
            eta_seconds = count.Remaining.TotalSeconds,
        };
        output.WriteLine($"MLX_VIDEO_UI_EVENT {JsonSerializer.Serialize(payload)}");
        output.Flush();
    }

    /// <inheritdoc/>
    public void OnStageEnded(Stage stage, TimeSpan duration)
    {
    }
}
