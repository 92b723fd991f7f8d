using MlxVideo.Cli.Errors;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Clips;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Processes;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Farm;

/// <summary>Reads a CSV and prints all its errors.</summary>
internal static class CheckedCsv
{
    private const string StandardInput = "-";

    /// <summary>Returns the rows to submit and the errors of the others.</summary>
    /// <exception cref="UsageException">The CSV has errors that are not to be skipped, or no valid row.</exception>
    /// <param name="path">The CSV; <c>-</c> for standard input.</param>
    public static BatchCsvContent Read(string path, bool skipInvalid)
    {
        var content = path == StandardInput ? ReadStandardInput() : BatchCsv.Read(path, new FileProbe(FfmpegTools.Find()));
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

    /// <summary>
    /// Reads from a copy, because the format is detected before the rows are read. Images are relative to the current folder.
    /// </summary>
    private static BatchCsvContent ReadStandardInput()
    {
        using var folder = new TemporaryFolder("mlx-video-csv-");
        var copy = Path.Combine(folder.Path, "stdin.csv");
        using (var input = Console.OpenStandardInput())
        using (var file = File.Create(copy))
            CopyBounded(input, file);
        return BatchCsv.Read(copy, new FileProbe(FfmpegTools.Find()), folder: Environment.CurrentDirectory);
    }

    /// <summary>Copies up to one byte more than a CSV may have, so that the reader refuses it.</summary>
    private static void CopyBounded(Stream input, FileStream file)
    {
        var buffer = new byte[1 << 16];
        int count;
        while (file.Length <= BatchCsv.MaxBytes && (count = input.Read(buffer)) > 0)
            file.Write(buffer, 0, count);
    }
}
