using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Cli.Farm.Progress;

/// <summary>Shows a batch as plain lines, one for each change of a clip's stage, worker or state.</summary>
/// <param name="showWaiting">Includes clips that have only been waiting.</param>
internal sealed class ProgressLines(TextWriter writer, bool showWaiting = false)
{
    private readonly Dictionary<int, (string Stage, string Worker)> _shown = [];
    private string? _problem;

    public void Show(BatchView view)
    {
        if (view.Problem != _problem && view.Problem is not null)
            writer.WriteLine(view.Problem);
        _problem = view.Problem;
        foreach (var clip in view.Clips)
        {
            var line = ClipLine.Of(clip);
            if (_shown.TryGetValue(clip.Row, out var before) ? before == (line.Stage, line.Worker) : clip.State == ClipState.Waiting
                && !showWaiting)
                continue;
            _shown[clip.Row] = (line.Stage, line.Worker);
            string[] details =
            [
                line.Stage,
                line.Step.Length > 0 ? $"step {line.Step}" : "",
                line.Worker.Length > 0 ? $"on {line.Worker}" : "",
                line.Elapsed,
                line.Estimate.Length > 0 ? $"{line.Estimate} left" : "",
                clip.State == ClipState.Failed ? clip.Error ?? "" : "",
            ];
            writer.WriteLine($"row {clip.Row}: {string.Join(", ", details.Where(detail => detail.Length > 0))}");
        }
    }
}
