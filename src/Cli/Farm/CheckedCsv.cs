using MlxVideo.Cli.Errors;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Images;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Farm;

/// <summary>Reads a CSV and shows all its faults.</summary>
internal static class CheckedCsv
{
    /// <summary>The rows to submit, and the faults of the others.</summary>
    /// <exception cref="UsageException">The CSV has faults, and they are not to be skipped; or no row is left.</exception>
    public static BatchCsvContent Read(string path, bool skipInvalid)
    {
        var content = BatchCsv.Read(path, new ImageProbe(FfmpegTools.Find()));
        foreach (var note in content.Notes)
            Console.Error.WriteLine($"{Path.GetFileName(path)}: {note}");
        foreach (var fault in content.Faults)
            Console.Error.WriteLine($"{Path.GetFileName(path)}: {fault}");
        foreach (var row in content.Rows)
        {
            if (PromptLength.Warning(row.Settings.Prompt) is { } warning)
                Console.Error.WriteLine($"{Path.GetFileName(path)}: row {row.Row}: {warning}");
        }

        if (content.Faults.Count == 0 || (skipInvalid && content.Rows.Count > 0))
            return content;
        var remedy = skipInvalid || content.Rows.Count == 0 ? "" : "; --skip-invalid submits the good rows";
        throw new UsageException(
            $"Nothing was submitted: {path} has {content.Faults.Count} {(content.Faults.Count == 1 ? "fault" : "faults")}{remedy}.");
    }
}
