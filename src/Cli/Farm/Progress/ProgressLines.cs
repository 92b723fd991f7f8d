using MlxVideo.Shared.Api;

namespace MlxVideo.Cli.Farm.Progress;

/// <summary>A batch as plain lines: one whenever a clip's stage, worker or state changes.</summary>
internal sealed class ProgressLines(TextWriter writer)
{
    private readonly Dictionary<int, (string Stage, string Worker)> _shown = [];

    public void Show(BatchView view)
    {
        foreach (var clip in view.Clips)
        {
            var line = ClipLine.Of(clip);
            var known = _shown.TryGetValue(clip.Row, out var before) ? before : ("waiting", "");
            if (known == (line.Stage, line.Worker))
                continue;
            _shown[clip.Row] = (line.Stage, line.Worker);
            var details = new[] { line.Step.Length > 0 ? $"step {line.Step}" : "", line.Worker.Length > 0 ? $"on {line.Worker}" : "", line.Elapsed, line.Estimate.Length > 0 ? $"{line.Estimate} left" : "" };
            writer.WriteLine($"row {clip.Row}: {line.Stage}, {string.Join(", ", details.Where(detail => detail.Length > 0))}");
        }
    }
}
