using System.Globalization;

namespace MlxVideo.Benchmarks.Measuring;

/// <summary>Memory of this process in bytes, as counted by Linux.</summary>
/// <param name="Peak">Largest resident set since the start or the last <see cref="ResetPeak"/>, including file pages.</param>
/// <param name="Anonymous">Current resident memory without a backing file, such as tensors.</param>
/// <param name="FromFiles">Current resident memory backed by files: libraries and mapped checkpoints.</param>
public sealed record ProcessMemory(long Peak, long Anonymous, long FromFiles)
{
    private const string Status = "/proc/self/status";

    /// <summary>Whether memory can be measured on this system.</summary>
    public static bool IsMeasured => File.Exists(Status);

    /// <summary>Reads the current values.</summary>
    public static ProcessMemory Now()
    {
        var lines = File.ReadLines(Status).Select(line => line.Split(':', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
        long Bytes(string key) => long.Parse(lines[key].Trim().Split(' ')[0], CultureInfo.InvariantCulture) * 1024;
        return new ProcessMemory(Bytes("VmHWM"), Bytes("RssAnon"), Bytes("RssFile"));
    }

    /// <summary>Resets the peak to the current resident set.</summary>
    public static void ResetPeak() => File.WriteAllText("/proc/self/clear_refs", "5");
}
