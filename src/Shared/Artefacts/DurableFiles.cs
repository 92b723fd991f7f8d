using System.Runtime.InteropServices;

namespace MlxVideo.Shared.Artefacts;

/// <summary>File operations that survive a power failure.</summary>
public static class DurableFiles
{
    private const int ReadOnly = 0;

    /// <summary>
    /// Moves a complete file to its final name. Its content reaches the disk first, so the name never refers to a partial file.
    /// </summary>
    public static void Move(string source, string target)
    {
        using (var handle = File.OpenHandle(source, FileMode.Open, FileAccess.ReadWrite))
            RandomAccess.FlushToDisk(handle);
        var folder = Path.GetDirectoryName(target)!;
        var isNew = !Directory.Exists(folder);
        Directory.CreateDirectory(folder);
        File.Move(source, target, overwrite: true);
        FlushNames(folder);
        if (isNew)
            FlushNames(Path.GetDirectoryName(folder)!);
    }

    /// <summary>Flushes a folder's entries. Otherwise, a power failure might undo a move.</summary>
    private static void FlushNames(string folder)
    {
        if (OperatingSystem.IsWindows())
            return; // flushes them with the file system's journal
        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0)
            return;
        _ = FSync(descriptor);
        _ = Close(descriptor);
    }

    [DllImport("libc", EntryPoint = "open")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FSync(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
