using System.Runtime.InteropServices;

namespace MlxVideo.Worker.Node;

/// <summary>A name of this machine that differs between machines and stays over restarts.</summary>
public static class MachineIdentity
{
    private const string LinuxFile = "/etc/machine-id";
    private const int UuidLength = 16;

    /// <summary>
    /// The hardware's UUID on a Mac, the system's id and host name on Linux (cloned systems keep the id), else the host name.
    /// </summary>
    public static string Current()
    {
        if (OperatingSystem.IsMacOS() && MacUuid() is { } uuid)
            return uuid;
        return OperatingSystem.IsLinux() && File.Exists(LinuxFile)
            ? $"{File.ReadAllText(LinuxFile).Trim()}/{Environment.MachineName}"
            : Environment.MachineName; // macOS renames hosts by network: only where there is nothing better
    }

    private static string? MacUuid()
    {
        var uuid = new byte[UuidLength];
        try
        {
            return GetHostUuid(uuid, new TimeSpec()) == 0 ? Convert.ToHexStringLower(uuid) : null;
        }
        catch (Exception ex) when (ex is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "gethostuuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetHostUuid([Out] byte[] uuid, in TimeSpec timeout);

    /// <summary>struct timespec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec
    {
        private readonly nint _seconds;
        private readonly nint _nanoseconds;
    }
}
