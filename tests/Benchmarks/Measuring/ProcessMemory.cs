using System.Globalization;

namespace MlxVideo.Benchmarks.Measuring;

/// <summary>Memory of this process as Linux counts it, in bytes.</summary>
/// <param name="Peak">Largest resident set since the start or the last <see cref="ResetPeak"/>: file pages included.</param>
/// <param name="Anonymous">Resident now and backed by no file: what tensors are made of.</param>
/// <param name="FromFiles">Resident now and backed by files: libraries, and mapped checkpoints.</param>
public sealed record ProcessMemory(long Peak, long Anonymous, long FromFiles)
{
    private const string Status = "/proc/self/status";

    /// <summary>True where memory can be measured.</summary>
    public static bool IsMeasured => File.Exists(Status);

    /// <summary>Memory now.</summary>
    public static ProcessMemory Now()
    {
        var lines = File.ReadLines(Status).Select(line => line.Split(':', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
        long Bytes(string key) => long.Parse(lines[key].Trim().Split(' ')[0], CultureInfo.InvariantCulture) * 1024;
        return new ProcessMemory(Bytes("VmHWM"), Bytes("RssAnon"), Bytes("RssFile"));
    }

    /// <summary>Begins a new peak at what is resident now.</summary>
    public static void ResetPeak() => File.WriteAllText("/proc/self/clear_refs", "5");
}
