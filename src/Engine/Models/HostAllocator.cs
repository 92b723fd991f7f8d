using System.Runtime.InteropServices;

namespace MlxVideo.Engine.Models;

/// <summary>The C library's allocator, which has the data of tensors in main memory.</summary>
internal static class HostAllocator
{
    private const int TrimThreshold = -1;
    private const int MapThreshold = -3;
    private const int MaxMaps = -4;

    private const int LargeBlock = 1 << 20;
    private const int UsualMaxMaps = 65_536;

    /// <summary>
    /// Makes glibc return large blocks to the system when they are freed, for the rest of the process, and all that is free now. The
    /// launcher makes it keep them, because fresh pages for the next tensor can cost more than computing it (docs/engine-performance.md);
    /// tensors of changing sizes then leave gaps in the heap, which grow with every tile of a clip. Does nothing with other C libraries.
    /// </summary>
    public static void ReturnLargeBlocks()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = SetOption(MaxMaps, UsualMaxMaps);
            _ = SetOption(MapThreshold, LargeBlock);
            _ = SetOption(TrimThreshold, LargeBlock);
            _ = TrimFreeMemory(0);
        }
        catch (EntryPointNotFoundException)
        {
            // musl has no such functions.
        }
    }

    [DllImport("libc", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetOption(int option, int value);

    [DllImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int TrimFreeMemory(nuint pad);
}
