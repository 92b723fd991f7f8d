namespace MlxVideo.Cli;

/// <summary>The folder that clips are written to.</summary>
public sealed class OutputFolder
{
    /// <summary>More than file systems keep inside a directory entry, so that a full disk is noticed.</summary>
    private const int ProbeLength = 1 << 16;

    private OutputFolder(string path) => FullPath = path;

    /// <summary>Its full path.</summary>
    public string FullPath { get; }

    /// <summary>Creates the folder if need be and makes sure that it can be written.</summary>
    /// <exception cref="IOException">It can't; the message says so.</exception>
    public static OutputFolder Open(string path)
    {
        var folder = new OutputFolder(Path.GetFullPath(path));
        try
        {
            Directory.CreateDirectory(folder.FullPath);
            var probe = Path.Combine(folder.FullPath, $".writable-{Guid.NewGuid():N}");
            try
            {
                File.WriteAllBytes(probe, new byte[ProbeLength]);
            }
            finally
            {
                File.Delete(probe);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The output folder {folder.FullPath} can't be written ({fault.Message.TrimEnd('.')}); choose another with --output, or make room.", fault);
        }

        return folder;
    }

    /// <summary>Where a clip's file goes; its folder exists afterwards.</summary>
    /// <exception cref="IOException">The name leads out of this folder, or its folder can't be created.</exception>
    public string FileFor(string relative)
    {
        var path = Path.GetFullPath(Path.Combine(FullPath, relative));
        if (!path.StartsWith(Path.TrimEndingDirectorySeparator(FullPath) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new IOException($"'{relative}' leaves the output folder {FullPath}.");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }
}
