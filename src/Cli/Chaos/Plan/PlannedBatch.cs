using System.Globalization;
using System.Text;

namespace MlxVideo.Cli.Chaos.Plan;

/// <summary>A batch to submit.</summary>
/// <param name="Name">Name of its CSV and of its output folder.</param>
/// <param name="SubmitAt">Time of the submission from the start of the schedule.</param>
public sealed record PlannedBatch(string Name, TimeSpan SubmitAt, IReadOnlyList<PlannedRow> Rows)
{
    private const string Header = "prompt,pipeline,steps,width,height,num_frames,seed,audio,image,priority,output";

    /// <summary>Returns the content of the CSV.</summary>
    public string ToCsv()
    {
        var csv = new StringBuilder(Header).Append('\n');
        foreach (var row in Rows)
            csv.Append(CultureInfo.InvariantCulture, $"{row.Prompt},{(row.IsGuided ? "one-stage" : "distilled")},{PlannedRow.GuidedSteps},")
                .Append(CultureInfo.InvariantCulture, $"{row.Width},{row.Height},{row.NumFrames},{row.Seed},{Lower(row.Audio)},")
                .Append(CultureInfo.InvariantCulture, $"{row.Image},{row.Priority},{row.Output}\n");
        return csv.ToString();
    }

    private static string Lower(bool value) => value ? "true" : "false";
}

/// <summary>A row of a batch.</summary>
/// <param name="IsGuided">True for the guided pipeline, whose evaluations can be offloaded.</param>
/// <param name="Image">File name of the conditioning image; empty for none.</param>
/// <param name="Output">File name of the clip; unique in the run.</param>
public sealed record PlannedRow(
    string Prompt, bool IsGuided, int Width, int Height, int NumFrames, int Seed, bool Audio, string Image, int Priority, string Output)
{
    /// <summary>Denoise steps of guided rows: fewer than usual, because the images need not be good.</summary>
    public const int GuidedSteps = 6;
}
