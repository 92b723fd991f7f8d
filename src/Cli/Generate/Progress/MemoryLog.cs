using System.Diagnostics;
using MlxVideo.Shared.Display;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Cli.Generate.Progress;

/// <summary>
/// Measures the memory in use: that of the device, or of the process when the device does not report it. Writes a line after each stage.
/// </summary>
/// <param name="output">Receives the lines; null to measure only.</param>
internal sealed class MemoryLog(TextWriter? output) : IRenderObserver
{
    private long _current;

    /// <summary>The largest number of bytes that was measured.</summary>
    public long Peak { get; private set; }

    /// <inheritdoc/>
    public void OnStep(RenderStep step)
    {
        using var process = Process.GetCurrentProcess();
        var ofDevice = step.Progress.Progress.Memory?.DriverBytes;
        _current = ofDevice ?? process.WorkingSet64;
        Peak = Math.Max(Peak, ofDevice ?? process.PeakWorkingSet64);
    }

    /// <inheritdoc/>
    public void OnStageEnded(Stage stage, TimeSpan duration) =>
        output?.WriteLine($"Memory after {stage.Id}: {Readable.Gibibytes(_current)}, at most {Readable.Gibibytes(Peak)} so far.");
}
