using System.Text.Encodings.Web;
using System.Text.Json;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Json;

namespace MlxVideo.Cli.Farm;

/// <summary>The outcome of a batch, written as <c>report.json</c> with snake_case names.</summary>
/// <param name="Batch">Id of the batch.</param>
/// <param name="ElapsedS">Seconds from submission to the end.</param>
/// <param name="Workers">Names of the workers that took part or were in the farm.</param>
/// <param name="Clips">Delivered clips in row order.</param>
/// <param name="Failed">Undelivered rows in row order.</param>
/// <param name="Model">Digest of the model that rendered the batch; null when no worker joined.</param>
public sealed record BatchReport(
    string Batch, double ElapsedS, IReadOnlyList<string> Workers, IReadOnlyList<ReportedClip> Clips, IReadOnlyList<FailedRow> Failed,
    string? Model = null)
{
    /// <summary>File name in the output folder.</summary>
    public const string FileName = "report.json";

    private static readonly JsonSerializerOptions Json = new(FarmJson.Options)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // keeps prompts readable
    };

    /// <summary>Creates the report of a batch.</summary>
    /// <param name="view">The batch's last view.</param>
    /// <param name="delivered">Rows with clips in the output folder.</param>
    /// <param name="undeliverable">Reasons for missing finished clips, by row.</param>
    /// <param name="errors">Errors of CSV rows that were not submitted.</param>
    public static BatchReport Of(
        BatchView view, IReadOnlySet<int> delivered, IReadOnlyDictionary<int, string> undeliverable, IReadOnlyList<CsvError> errors)
    {
        var skipped = errors.GroupBy(error => error.Row)
            .Select(row => new FailedRow(row.Key, string.Join(" ", row.Select(error => error.ToString()))));
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

    /// <summary>Returns the content of the file.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";

    private static string Reason(ClipView clip) => clip.Error ?? clip.State switch
    {
        ClipState.Cancelled => "The batch was cancelled.",
        ClipState.Finished => "The clip was rendered, but the client stopped before downloading it.",
        _ => "The clip was not finished when the client stopped waiting.",
    };
}

/// <summary>A delivered clip.</summary>
/// <param name="Row">Data row in the CSV, from 1.</param>
/// <param name="Output">File path relative to the output folder.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="ElapsedS">Seconds from the first assignment to the end.</param>
/// <param name="Framemd5">MD5 of the listing that ffmpeg's framemd5 muxer writes for the video.</param>
/// <param name="Stages">Stages in plan order.</param>
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
/// <param name="Stage">Id of the stage in the plan: <c>denoise-1</c>.</param>
/// <param name="Worker">Name of the worker that ran the stage; null for a result reused from another clip.</param>
/// <param name="ElapsedS">Duration in seconds.</param>
public sealed record ReportedStage(string Stage, string? Worker, double ElapsedS);

/// <summary>An undelivered row.</summary>
/// <param name="Row">Data row in the CSV, from 1.</param>
/// <param name="Error">The reason.</param>
public sealed record FailedRow(int Row, string Error);
