using System.Text.RegularExpressions;

namespace MlxVideo.Media.Ffmpeg;

/// <summary>What ffmpeg says when it fails, made fit for a sentence.</summary>
internal static partial class FfmpegErrors
{
    private const int Longest = 600;

    /// <summary>The last lines of a program's standard error, on one line.</summary>
    public static string Tail(string error)
    {
        var lines = Addresses().Replace(error, "[$1]").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var tail = string.Join("; ", lines.TakeLast(4));
        return tail.Length > Longest ? "…" + tail[^Longest..] : tail;
    }

    /// <summary>True when the disk had no room.</summary>
    public static bool IsDiskFull(string error) =>
        error.Contains("No space left on device", StringComparison.OrdinalIgnoreCase)
        || error.Contains("Disk quota exceeded", StringComparison.OrdinalIgnoreCase);

    /// <summary>ffmpeg names its parts with their addresses in memory: <c>[png @ 0x55a0420333c0]</c>.</summary>
    [GeneratedRegex(@"\[([^\]@]+) @ 0x[0-9a-f]+\]")]
    private static partial Regex Addresses();
}
