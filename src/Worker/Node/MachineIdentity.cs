using System.Runtime.InteropServices;

namespace MlxVideo.Worker.Node;

/// <summary>An identifier of this machine: unique, and stable across restarts.</summary>
public static class MachineIdentity
{
    private const string LinuxFile = "/etc/machine-id";
    private const int UuidLength = 16;

    /// <summary>
    /// Returns the hardware UUID on macOS, the machine id and host name on Linux (cloned systems share the id), otherwise the host name.
    /// </summary>
    public static string Current()
    {
        if (OperatingSystem.IsMacOS() && MacUuid() is { } uuid)
            return uuid;
        return OperatingSystem.IsLinux() && File.Exists(LinuxFile)
            ? $"{File.ReadAllText(LinuxFile).Trim()}/{Environment.MachineName}"
            : Environment.MachineName; // last resort, because macOS changes the host name with the network
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

    /// <summary>The C type <c>struct timespec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec
    {
        private readonly nint _seconds;
        private readonly nint _nanoseconds;
    }
}
