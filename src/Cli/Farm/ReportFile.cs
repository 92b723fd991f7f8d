using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Json;

namespace MlxVideo.Cli.Farm;

/// <summary>
/// The file <c>report.json</c> of an output folder, with the report of the batch collected last. A previous report of another batch is
/// renamed to <c>report-BATCH.json</c>, which preserves the reports of clients that share a folder.
/// </summary>
internal static class ReportFile
{
    /// <summary>Moves or deletes an existing report, which could be mistaken for the pending one.</summary>
    /// <param name="batch">Id of the batch being collected; its own previous report is deleted.</param>
    public static void SetAside(OutputFolder folder, string batch)
    {
        using var turn = Turn.Of(folder);
        Clear(folder, batch);
    }

    /// <summary>Writes a report; the file appears only when complete.</summary>
    public static void Write(OutputFolder folder, BatchReport report)
    {
        var path = folder.FileFor(BatchReport.FileName);
        var partial = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            File.WriteAllText(partial, report.ToJson());
            using var turn = Turn.Of(folder);
            Clear(folder, report.Batch);
            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static void Clear(OutputFolder folder, string batch)
    {
        var path = folder.FileFor(BatchReport.FileName);
        if (!File.Exists(path))
            return;
        if (BatchOf(path) is { } other && other != batch && other.All(IsOfBatchIds))
            File.Move(path, folder.FileFor($"report-{other}.json"), overwrite: true);
        else
            File.Delete(path);
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

    /// <summary>Allows one client on this machine at a time, because moving a file only if the target is missing is not atomic.</summary>
    private sealed class Turn : IDisposable
    {
        private readonly Mutex _mutex;

        private Turn(Mutex mutex) => _mutex = mutex;

        public static Turn Of(OutputFolder folder)
        {
            var name = SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(folder.FileFor(BatchReport.FileName))));
            var mutex = new Mutex(initiallyOwned: false, $"mlx-video-report-{Convert.ToHexStringLower(name)}");
            try
            {
                mutex.WaitOne();
            }
            catch (AbandonedMutexException)
            {
                // A client was killed while holding the mutex: the file is one of the two reports, complete.
            }

            return new Turn(mutex);
        }

        public void Dispose()
        {
            _mutex.ReleaseMutex();
            _mutex.Dispose();
        }
    }
}
