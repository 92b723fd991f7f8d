using System.Runtime.InteropServices;
using System.Text;

namespace MlxVideo.Engine.Diagnostics;

/// <summary>The properties of a machine on which the results of its device depend.</summary>
/// <param name="System">Name and version of the operating system.</param>
/// <param name="Build">Build of the operating system: on macOS its <c>ProductBuildVersion</c>, elsewhere the kernel's version.</param>
/// <param name="Chip">Name of the processor.</param>
/// <param name="MemoryBytes">Memory of the machine, or the limit of the process.</param>
public sealed record MachineDescription(string System, string Build, string Chip, long MemoryBytes)
{
    private const string LinuxRelease = "/etc/os-release";
    private const string LinuxProcessor = "/proc/cpuinfo";

    /// <summary>Returns the description of this machine.</summary>
    public static MachineDescription Current()
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var architecture = RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();
        var kernel = Environment.OSVersion.Version.ToString();
        return OperatingSystem.IsMacOS()
            ? new MachineDescription(
                $"macOS {Control("kern.osproductversion") ?? kernel}", Control("kern.osversion") ?? kernel,
                Control("machdep.cpu.brand_string") ?? architecture, memory)
            : new MachineDescription(
                ValueIn(LinuxRelease, "PRETTY_NAME", '=')?.Trim('"') ?? RuntimeInformation.OSDescription, kernel,
                ValueIn(LinuxProcessor, "model name", ':') ?? architecture, memory);
    }

    /// <summary>Returns the first value of a key in a file of keys and values; null when there is none.</summary>
    internal static string? ValueIn(string file, string key, char separator)
    {
        try
        {
            return File.ReadLines(file).Select(line => line.Split(separator, 2)).Where(pair => pair.Length == 2 && pair[0].Trim() == key)
                .Select(pair => pair[1].Trim()).FirstOrDefault();
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Returns a text of macOS's <c>sysctl</c>; null when there is none.</summary>
    private static string? Control(string name)
    {
        var value = new byte[256];
        nint length = value.Length;
        try
        {
            return SysCtlByName(name, value, ref length, 0, 0) == 0 ? Encoding.UTF8.GetString(value, 0, (int)length).TrimEnd('\0') : null;
        }
        catch (Exception ex) when (ex is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "sysctlbyname")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SysCtlByName(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [Out] byte[] value, ref nint length, nint newValue, nint newLength);
}
