using System.Globalization;
using System.Runtime.InteropServices;

namespace MlxVideo.Worker.Engine.Processes;

/// <summary>How the system treats processes when it is short of memory.</summary>
internal static class SystemMemory
{
    private const string LinuxCounters = "/proc/vmstat";
    private const string LinuxKills = "oom_kill ";
    private const string LinuxPreference = "/proc/self/oom_score_adj";
    private const string Preferred = "500"; // of 1000, which would be the whole memory
    private const string MacPressure = "kern.memorystatus_vm_pressure_level";
    private const int MacWarning = 2; // 1 is normal, 4 critical

    /// <summary>Number of processes that the system has killed for lack of memory; 0 when it does not count them.</summary>
    public static long Kills()
    {
        try
        {
            return !OperatingSystem.IsLinux() ? 0 : File.ReadLines(LinuxCounters)
                .Where(line => line.StartsWith(LinuxKills, StringComparison.Ordinal))
                .Select(line => long.Parse(line.AsSpan(LinuxKills.Length), CultureInfo.InvariantCulture)).FirstOrDefault();
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException or FormatException)
        {
            return 0;
        }
    }

    /// <summary>True when the system reports a lack of memory at present, for systems that do not count kills.</summary>
    public static bool IsShort()
    {
        if (!OperatingSystem.IsMacOS())
            return false;
        var level = 0;
        nint length = sizeof(int);
        return SysCtlByName(MacPressure, ref level, ref length, 0, 0) == 0 && level >= MacWarning;
    }

    /// <summary>Makes the system end this process rather than another one when it is short of memory; only on Linux.</summary>
    public static void OfferThisProcess()
    {
        try
        {
            if (OperatingSystem.IsLinux())
                File.WriteAllText(LinuxPreference, Preferred);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            // The process usually has the most memory anyway.
        }
    }

    [DllImport("libc", EntryPoint = "sysctlbyname")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SysCtlByName(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, ref int value, ref nint length, nint newValue, nint newLength);
}
