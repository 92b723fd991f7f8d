using System.Text.Json;
using MlxVideo.Shared.Api;

namespace MlxVideo.Cli.Farm;

/// <summary>
/// The file <c>report.json</c> of an output folder: the report of the batch that was collected last. A report of another batch
/// that lies there is kept as <c>report-BATCH.json</c>, so that clients that collect into one folder lose nothing.
/// </summary>
internal static class ReportFile
{
    private const int Attempts = 100;

    /// <summary>Clears the name: an older report would be taken for the one that is to come.</summary>
    /// <param name="folder">The output folder.</param>
    /// <param name="batch">The batch that is collected; its own older report goes.</param>
    public static void SetAside(OutputFolder folder, string batch)
    {
        var path = folder.FileFor(BatchReport.FileName);
        var aside = Temporary(path);
        try
        {
            File.Move(path, aside); // first, so that what is read is what is kept
        }
        catch (FileNotFoundException)
        {
            return;
        }

        if (BatchOf(aside) is { } other && other != batch && other.All(IsOfBatchIds))
            File.Move(aside, folder.FileFor($"report-{other}.json"), overwrite: true);
        else
            File.Delete(aside);
    }

    /// <summary>Writes a report; the file appears only when it is whole.</summary>
    public static void Write(OutputFolder folder, BatchReport report)
    {
        var path = folder.FileFor(BatchReport.FileName);
        var partial = Temporary(path);
        try
        {
            File.WriteAllText(partial, report.ToJson());
            Place(folder, report.Batch, partial, path);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static void Place(OutputFolder folder, string batch, string partial, string path)
    {
        for (var attempt = 1; ; attempt++)
        {
            SetAside(folder, batch);
            try
            {
                File.Move(partial, path);
                return;
            }
            catch (IOException) when (attempt < Attempts && File.Exists(partial))
            {
                // Another client's report came first.
            }
        }
    }

    private static bool IsOfBatchIds(char character) => char.IsAsciiLetterOrDigit(character) || character == '-';

    private static string? BatchOf(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<BatchReport>(File.ReadAllText(file), FarmJson.Options)?.Batch;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Temporary(string path) => $"{path}.{Guid.NewGuid():N}.partial";
}
