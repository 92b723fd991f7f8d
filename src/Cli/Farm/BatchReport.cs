using System.Text.Encodings.Web;
using System.Text.Json;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Cli.Farm;

/// <summary>What became of a batch; written as <c>report.json</c>.</summary>
public sealed record BatchReport(
    string Batch, double ElapsedS, IReadOnlyList<string> Workers, IReadOnlyList<ReportedClip> Clips, IReadOnlyList<FailedRow> Failed)
{
    /// <summary>Its name in the output folder.</summary>
    public const string FileName = "report.json";

    private static readonly JsonSerializerOptions Json = new(FarmJson.Options)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // prompts stay readable
    };

    /// <summary>The report of an ended batch; rows that were skipped for their faults count as failed.</summary>
    public static BatchReport Of(BatchView view, IReadOnlyList<CsvFault> faults)
    {
        var skipped = faults.GroupBy(fault => fault.Row).Select(row => new FailedRow(row.Key, string.Join("; ", row.Select(fault => fault.ToString()))));
        var failed = view.Clips.Where(clip => clip.State != ClipState.Finished)
            .Select(clip => new FailedRow(clip.Row, clip.Error ?? (clip.State == ClipState.Cancelled ? "cancelled" : "not finished")));
        return new BatchReport(
            view.Id,
            view.ElapsedS,
            view.Workers,
            view.Clips.Where(clip => clip.State == ClipState.Finished).Select(ReportedClip.Of).ToList(),
            skipped.Concat(failed).OrderBy(row => row.Row).ToList());
    }

    /// <summary>Writes the report; the file appears only when it is whole.</summary>
    public void Write(string path)
    {
        var partial = path + ".partial";
        File.WriteAllText(partial, JsonSerializer.Serialize(this, Json) + "\n");
        File.Move(partial, path, overwrite: true);
    }
}

/// <summary>A delivered clip.</summary>
public sealed record ReportedClip(
    int Row, string Prompt, string Output, int Width, int Height, int Frames, double Fps, long Seed, double ElapsedS, string Framemd5,
    IReadOnlyList<ReportedStage> Stages)
{
    internal static ReportedClip Of(ClipView clip) => new(
        clip.Row, clip.Settings.Prompt, clip.Output, clip.Settings.Width, clip.Settings.Height, clip.Settings.NumFrames, clip.Settings.Fps, clip.Settings.Seed,
        clip.ElapsedS, clip.Framemd5!, clip.Stages.Select(stage => new ReportedStage(stage.Stage, stage.Worker!, stage.ElapsedS)).ToList());
}

/// <summary>One task of a delivered clip, and who ran it.</summary>
public sealed record ReportedStage(string Stage, string Worker, double ElapsedS);

/// <summary>A row that was not delivered.</summary>
public sealed record FailedRow(int Row, string Error);
