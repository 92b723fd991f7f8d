using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace MlxVideo.Worker.Engine.Processes;

/// <summary>
/// The file in the data folder that names the worker's engine process. An engine process ends with its worker; one that did not, for
/// example because it was suspended, is ended at the worker's next start.
/// </summary>
/// <param name="ProcessId">Process id, which the system may have given to another process since.</param>
/// <param name="Id">Unique id on the process's command line.</param>
public sealed record EngineRecord(int ProcessId, DateTimeOffset StartedAt, string Id)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "engine-process.json";

    private static readonly TimeSpan ExitTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Linux computes start times from the time since boot, which is rounded.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    /// <summary>Records a process that has just been started.</summary>
    public static void Write(string dataFolder, Process process, string id)
    {
        try
        {
            var record = new EngineRecord(process.Id, process.StartTime.ToUniversalTime(), id);
            var file = Path.Combine(dataFolder, FileName);
            File.WriteAllText($"{file}.partial", JsonSerializer.Serialize(record));
            File.Move($"{file}.partial", file, overwrite: true);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException or InvalidOperationException or Win32Exception)
        {
            // The process has already ended, or the disk is full. The record is only a precaution.
        }
    }

    /// <summary>Reads the record; null when there is none.</summary>
    public static EngineRecord? Read(string dataFolder)
    {
        try
        {
            return JsonSerializer.Deserialize<EngineRecord>(File.ReadAllText(Path.Combine(dataFolder, FileName)));
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Removes the record.</summary>
    public static void Delete(string dataFolder)
    {
        try
        {
            File.Delete(Path.Combine(dataFolder, FileName));
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            // The process that it names has ended.
        }
    }

    /// <summary>
    /// Ends the engine process that an earlier run of this worker left behind, if there is one. Called while holding the lock of the data
    /// folder.
    /// </summary>
    /// <param name="notice">Receives a sentence for the user.</param>
    public static void EndLeftover(string dataFolder, Action<string> notice)
    {
        if (Read(dataFolder) is { } record)
        {
            try
            {
                using var process = Process.GetProcessById(record.ProcessId);
                if (record.IsOf(process))
                {
                    notice(string.Create(
                        CultureInfo.InvariantCulture,
                        $"Ending process {record.ProcessId}, the engine process of an earlier run of this worker."));
                    process.Kill();
                    process.WaitForExit(ExitTimeout);
                }
            }
            catch (Exception ex) when (ex is ArgumentException or InvalidOperationException or Win32Exception)
            {
                // It has ended, or belongs to another user and is therefore another process.
            }
        }

        Delete(dataFolder);
    }

    /// <summary>True when a process is provably the recorded one.</summary>
    private bool IsOf(Process process) =>
        (process.StartTime.ToUniversalTime() - StartedAt).Duration() < Tolerance
        && CommandLineOf(process.Id).Contains(Id, StringComparison.Ordinal);

    private static string CommandLineOf(int processId)
    {
        var id = processId.ToString(CultureInfo.InvariantCulture);
        try
        {
            if (OperatingSystem.IsLinux())
                return File.ReadAllText($"/proc/{id}/cmdline");
            var command = new ProcessStartInfo("ps", ["-ww", "-o", "command=", "-p", id]) { RedirectStandardOutput = true };
            using var ps = Process.Start(command)!;
            return ps.StandardOutput.ReadToEnd();
        }
        catch (Exception ex) when (ex is IOException or Win32Exception)
        {
            return "";
        }
    }
}
