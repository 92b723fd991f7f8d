namespace MlxVideo.Shared.Security;

/// <summary>Files that only the user may access: mode 600, in folders of mode 700. Windows has no such modes.</summary>
public static class PrivateFile
{
    private const UnixFileMode File600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Folder700 = File600 | UnixFileMode.UserExecute;

    /// <summary>Creates a folder, or takes away other users' access to an existing one.</summary>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        Directory.CreateDirectory(path, Folder700);
        if (File.GetUnixFileMode(path) != Folder700)
            File.SetUnixFileMode(path, Folder700);
    }

    /// <summary>Replaces a file. After a crash or power failure, it has either its old or its new content.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var partial = $"{path}.{Guid.NewGuid():N}.partial";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = File600;
        try
        {
            using (var file = new FileStream(partial, options))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="IOException">The file can't be read, or other users can access it.</exception>
    public static byte[] Read(string path)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~Folder700) != 0)
            throw new IOException($"{path} is secret, but other users of this machine can access it: run 'chmod 600 {path}'.");
        return File.ReadAllBytes(path);
    }
}
