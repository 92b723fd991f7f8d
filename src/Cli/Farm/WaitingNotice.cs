using MlxVideo.Shared.Api;

namespace MlxVideo.Cli.Farm;

/// <summary>Prints why rows are waiting for an absent worker: once, and again when the reasons change.</summary>
internal sealed class WaitingNotice(TextWriter writer)
{
    private const int ShownRows = 5;

    private string _lastNotice = "";

    /// <summary>Prints a notice if the view has different waiting rows or reasons.</summary>
    public void Show(BatchView view)
    {
        var waiting = view.Clips.Where(clip => clip.WaitingFor is not null).GroupBy(clip => clip.WaitingFor!, clip => clip.Row);
        var notice = string.Join(' ', waiting.Select(Sentence));
        if (notice == _lastNotice || view.State == BatchState.Ended)
            return;
        _lastNotice = notice;
        writer.WriteLine(notice.Length > 0 ? $"{notice} The batch continues when one joins." : "The farm now has a worker for every row.");
    }

    private static string Sentence(IGrouping<string, int> rows)
    {
        var shown = string.Join(", ", rows.Take(ShownRows));
        var more = rows.Count() > ShownRows ? $" and {rows.Count() - ShownRows} more" : "";
        return $"{(rows.Count() == 1 ? "Row" : "Rows")} {shown}{more}: {rows.Key}";
    }
}
