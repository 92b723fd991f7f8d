using MlxVideo.Shared.Api;

namespace MlxVideo.Cli.Farm;

/// <summary>Tells once why rows wait for a worker that is not there, and again when that changes.</summary>
/// <param name="writer">Where the sentences go.</param>
internal sealed class WaitingNotice(TextWriter writer)
{
    private const int ShownRows = 5;

    private string _told = "";

    /// <summary>Looks at a view.</summary>
    public void Show(BatchView view)
    {
        var waiting = view.Clips.Where(clip => clip.WaitingFor is not null).GroupBy(clip => clip.WaitingFor!, clip => clip.Row);
        var notice = string.Join(' ', waiting.Select(Sentence));
        if (notice == _told || view.State == BatchState.Ended)
            return;
        _told = notice;
        writer.WriteLine(notice.Length > 0 ? $"{notice} The batch goes on when one comes." : "The farm has a worker for every row now.");
    }

    private static string Sentence(IGrouping<string, int> rows)
    {
        var shown = string.Join(", ", rows.Take(ShownRows));
        var more = rows.Count() > ShownRows ? $" and {rows.Count() - ShownRows} more" : "";
        return $"{(rows.Count() == 1 ? "Row" : "Rows")} {shown}{more}: {rows.Key}";
    }
}
