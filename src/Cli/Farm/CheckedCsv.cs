using MlxVideo.Cli.Errors;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Images;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Farm;

/// <summary>Reads a CSV and prints all its errors.</summary>
internal static class CheckedCsv
{
    /// <summary>Returns the rows to submit and the errors of the others.</summary>
    /// <exception cref="UsageException">The CSV has errors that are not to be skipped, or no valid row.</exception>
    public static BatchCsvContent Read(string path, bool skipInvalid)
    {
        var content = BatchCsv.Read(path, new ImageProbe(FfmpegTools.Find()));
        foreach (var note in content.Notes)
            Console.Error.WriteLine($"{Path.GetFileName(path)}: {note}");
        foreach (var error in content.Errors)
            Console.Error.WriteLine($"{Path.GetFileName(path)}: {error}");
        foreach (var row in content.Rows)
        {
            if (PromptLength.Warning(row.Settings.Prompt) is { } warning)
                Console.Error.WriteLine($"{Path.GetFileName(path)}: row {row.Row}: {warning}");
        }

        if (content.Errors.Count == 0 || (skipInvalid && content.Rows.Count > 0))
            return content;
        var remedy = skipInvalid || content.Rows.Count == 0 ? "" : "; use --skip-invalid to submit the valid rows";
        throw new UsageException(
            $"Nothing was submitted: {path} has {content.Errors.Count} {(content.Errors.Count == 1 ? "error" : "errors")}{remedy}.");
    }
}
