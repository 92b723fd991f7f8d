using System.Runtime.InteropServices;

namespace MlxVideo.Engine.Models;

/// <summary>The C library's allocator, which has the data of tensors in main memory.</summary>
internal static class HostAllocator
{
    /// <summary>
    /// Returns free memory to the system, including gaps between blocks in use. The launcher makes glibc keep all of it, because fresh
    /// pages for the next tensor can cost more than computing it (docs/engine-performance.md); tensors of changing sizes then leave gaps
    /// that grow with every tile. Does nothing with other C libraries.
    /// </summary>
    public static void Trim()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = TrimFreeMemory(0);
        }
        catch (EntryPointNotFoundException)
        {
            // musl has no such function.
        }
    }

    [DllImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int TrimFreeMemory(nuint pad);
}
