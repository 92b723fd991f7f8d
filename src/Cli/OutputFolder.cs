namespace MlxVideo.Cli;

/// <summary>The folder that clips are written to. Files appear under their names only when they are whole.</summary>
public sealed class OutputFolder
{
    private OutputFolder(string path) => Path = path;

    /// <summary>Its full path.</summary>
    public string Path { get; }

    /// <summary>Creates the folder if need be and makes sure that it can be written.</summary>
    /// <exception cref="IOException">It can't; the message says so.</exception>
    public static OutputFolder Open(string path)
    {
        var folder = new OutputFolder(System.IO.Path.GetFullPath(path));
        try
        {
            Directory.CreateDirectory(folder.Path);
            var probe = System.IO.Path.Combine(folder.Path, $".writable-{Guid.NewGuid():N}");
            File.WriteAllBytes(probe, [0]);
            File.Delete(probe);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The output folder {folder.Path} can't be written ({fault.Message.TrimEnd('.')}); choose another with --output or make room.", fault);
        }

        return folder;
    }

    /// <summary>Where a clip's file goes; its folder exists afterwards.</summary>
    public string PathOf(string relative)
    {
        var path = System.IO.Path.Combine(Path, relative);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        return path;
    }
}
