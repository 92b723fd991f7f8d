using System.Text.RegularExpressions;

namespace MlxVideo.Media.Ffmpeg;

/// <summary>Classifies ffmpeg's errors and formats them for use in a sentence.</summary>
internal static partial class FfmpegErrors
{
    private const int Longest = 600;

    // Exit codes by the shells' convention.
    private const int CannotExecute = 126;
    private const int NotFound = 127; // also the loader's, for a missing library
    private const int KilledBySignal = 128;

    private static readonly string[] MachineWords =
        ["Cannot allocate memory", "Out of memory", "Unknown encoder", "Unknown decoder", "No such filter"];

    /// <summary>Returns the last lines of a program's standard error as a single line.</summary>
    public static string Tail(string error)
    {
        var lines = Addresses().Replace(error, "[$1]").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var tail = string.Join("; ", lines.TakeLast(4));
        return tail.Length > Longest ? "…" + tail[^Longest..] : tail;
    }

    /// <summary>True when the disk was full.</summary>
    public static bool IsDiskFull(string error) =>
        error.Contains("No space left on device", StringComparison.OrdinalIgnoreCase)
        || error.Contains("Disk quota exceeded", StringComparison.OrdinalIgnoreCase);

    /// <summary>True when the failure was caused by the machine rather than the input.</summary>
    public static bool IsMachineFault(ProgramResult result) =>
        result.ExitCode is CannotExecute or NotFound || WasKilled(result)
        || MachineWords.Any(words => result.Error.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>True when a signal ended the program.</summary>
    public static bool WasKilled(ProgramResult result) => result.ExitCode is > KilledBySignal and < KilledBySignal + 32;

    /// <summary>Matches the memory addresses in ffmpeg's log prefixes: <c>[png @ 0x55a0420333c0]</c>.</summary>
    [GeneratedRegex(@"\[([^\]@]+) @ 0x[0-9a-f]+\]")]
    private static partial Regex Addresses();
}
