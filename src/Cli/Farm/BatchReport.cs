using System.Text.Encodings.Web;
using System.Text.Json;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Json;

namespace MlxVideo.Cli.Farm;

/// <summary>What became of a batch; written as <c>report.json</c> with snake_case names.</summary>
/// <param name="Batch">The batch's id.</param>
/// <param name="ElapsedS">Seconds from its submission to its end.</param>
/// <param name="Workers">Names of the workers that took part or were in the farm.</param>
/// <param name="Clips">The delivered clips in row order.</param>
/// <param name="Failed">The rows that were not delivered, in row order.</param>
/// <param name="Model">Digest of the model that rendered it; null when no worker joined.</param>
public sealed record BatchReport(
    string Batch, double ElapsedS, IReadOnlyList<string> Workers, IReadOnlyList<ReportedClip> Clips, IReadOnlyList<FailedRow> Failed,
    string? Model = null)
{
    /// <summary>Its name in the output folder.</summary>
    public const string FileName = "report.json";

    private static readonly JsonSerializerOptions Json = new(FarmJson.Options)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // prompts stay readable
    };

    /// <summary>The report of a batch.</summary>
    /// <param name="view">Its last view.</param>
    /// <param name="delivered">Rows whose clips are in the output folder.</param>
    /// <param name="undeliverable">Why finished clips are not there, by row.</param>
    /// <param name="faults">Why rows of the CSV were not submitted.</param>
    public static BatchReport Of(
        BatchView view, IReadOnlySet<int> delivered, IReadOnlyDictionary<int, string> undeliverable, IReadOnlyList<CsvError> faults)
    {
        var skipped = faults.GroupBy(fault => fault.Row)
            .Select(row => new FailedRow(row.Key, string.Join(" ", row.Select(fault => fault.ToString()))));
        var failed = view.Clips.Where(clip => !delivered.Contains(clip.Row))
            .Select(clip => new FailedRow(clip.Row, undeliverable.GetValueOrDefault(clip.Row) ?? Reason(clip)));
        return new BatchReport(
            view.Id,
            view.ElapsedS,
            view.Workers,
            view.Clips.Where(clip => delivered.Contains(clip.Row)).Select(ReportedClip.Of).ToList(),
            skipped.Concat(failed).OrderBy(row => row.Row).ToList(),
            view.Model);
    }

    /// <summary>The content of the file.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";

    private static string Reason(ClipView clip) => clip.Error ?? clip.State switch
    {
        ClipState.Cancelled => "The batch was cancelled.",
        ClipState.Finished => "It was rendered, but not fetched before the wait ended.",
        _ => "It was not finished when the wait ended.",
    };
}

/// <summary>A delivered clip.</summary>
/// <param name="Row">Row number in the CSV's data, from 1.</param>
/// <param name="Prompt">What it shows.</param>
/// <param name="Output">Its file, relative to the output folder.</param>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Frames">Number of frames.</param>
/// <param name="Fps">Frames per second.</param>
/// <param name="Seed">Seed of its noise.</param>
/// <param name="ElapsedS">Seconds from its first assignment to its end.</param>
/// <param name="Framemd5">MD5 of the listing that ffmpeg's framemd5 muxer makes of its video.</param>
/// <param name="Stages">Its stages in plan order.</param>
public sealed record ReportedClip(
    int Row, string Prompt, string Output, int Width, int Height, int Frames, double Fps, long Seed, double ElapsedS, string Framemd5,
    IReadOnlyList<ReportedStage> Stages)
{
    internal static ReportedClip Of(ClipView clip) => new(
        clip.Row, clip.Settings.Prompt, clip.Output, clip.Settings.Width, clip.Settings.Height, clip.Settings.NumFrames, clip.Settings.Fps,
        clip.Settings.Seed,
        clip.ElapsedS, clip.Framemd5!, clip.Stages.Select(stage => new ReportedStage(stage.Stage, stage.Worker, stage.ElapsedS)).ToList());
}

/// <summary>One stage of a delivered clip.</summary>
/// <param name="Stage">The stage's id in the plan: <c>denoise-1</c>.</param>
/// <param name="Worker">Who ran it; null for a result that was made for another clip.</param>
/// <param name="ElapsedS">Seconds that it took.</param>
public sealed record ReportedStage(string Stage, string? Worker, double ElapsedS);

/// <summary>A row that was not delivered.</summary>
/// <param name="Row">Row number in the CSV's data, from 1.</param>
/// <param name="Error">Why.</param>
public sealed record FailedRow(int Row, string Error);
