using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Worker.Node;

/// <summary>
/// The results of attempts that the coordinator has not acknowledged, in files of the worker's data folder: the worker's next process
/// offers them to the farm. The outputs themselves are in the worker's blob store. Thread-safe.
/// </summary>
public sealed class ReportSpool
{
    private const string Extension = ".json";

    /// <summary>Older results are of no use: the farm has long had the stage computed by another worker.</summary>
    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(7);

    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly ILogger<ReportSpool> _log;

    /// <summary>Opens the folder, and creates it if missing.</summary>
    public ReportSpool(string folder, TimeProvider time, ILogger<ReportSpool> log)
    {
        (_folder, _time, _log) = (folder, time, log);
        Directory.CreateDirectory(folder);
    }

    /// <summary>Returns the results of earlier processes. Files that can't be read are removed.</summary>
    public IReadOnlyList<AttemptDone> Read()
    {
        var oldest = _time.GetUtcNow().UtcDateTime - MaxAge;
        var results = new List<AttemptDone>();
        foreach (var file in new DirectoryInfo(_folder).EnumerateFiles())
        {
            if (file.Extension == Extension && file.LastWriteTimeUtc >= oldest && Read(file.FullName) is { } result)
                results.Add(result);
            else
                Guard(file.Delete);
        }

        return results;
    }

    /// <summary>Stores a result. If that fails, the result is lost with the process, and the stage is computed again.</summary>
    public void Add(AttemptDone result) => Guard(() =>
    {
        var file = FileOf(result.Attempt);
        var partial = $"{file}.partial";
        File.WriteAllBytes(partial, JsonSerializer.SerializeToUtf8Bytes(result, FarmJson.Options));
        DurableFiles.Move(partial, file);
    });

    /// <summary>Removes the result of an attempt, if it is stored.</summary>
    public void Remove(AttemptAddress attempt) => Guard(() => File.Delete(FileOf(attempt)));

    private AttemptDone? Read(string path)
    {
        try
        {
            var result = JsonSerializer.Deserialize<AttemptDone>(File.ReadAllBytes(path), FarmJson.Options);
            return result is { Attempt.Stage: not null, Outputs: not null } && FileOf(result.Attempt) == path ? result : null;
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException or JsonException)
        {
            _log.SpoolFailed(ex.Message);
            return null;
        }
    }

    private string FileOf(AttemptAddress attempt) => Path.Combine(
        _folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(attempt.ToString()))) + Extension);

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            _log.SpoolFailed(ex.Message);
        }
    }
}
