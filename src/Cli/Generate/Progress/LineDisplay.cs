using MlxVideo.Shared.Stages;

namespace MlxVideo.Cli.Generate.Progress;

/// <summary>Writes a line for each started stage and each finished progress unit, for logs and pipes.</summary>
internal sealed class LineDisplay(TextWriter output) : IRenderObserver
{
    /// <inheritdoc/>
    public void OnStep(RenderStep step) => output.WriteLine(StepText.Line(step));

    /// <inheritdoc/>
    public void OnStageEnded(Stage stage, TimeSpan duration)
    {
    }
}
