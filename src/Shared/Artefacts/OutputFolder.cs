namespace MlxVideo.Shared.Artefacts;

/// <summary>The folder for rendered clips.</summary>
public sealed class OutputFolder
{
    private OutputFolder(string path) => FullPath = path;

    public string FullPath { get; }

    /// <summary>Creates the folder if necessary and checks that it is writable.</summary>
    /// <exception cref="IOException">The folder is not writable.</exception>
    public static OutputFolder Open(string path) => new(WritableFolder.Open(path, "output folder", "--output"));

    /// <summary>Returns the path of a clip's file and creates its parent folder.</summary>
    /// <exception cref="IOException">The path is outside the output folder, or its parent folder can't be created.</exception>
    public string FileFor(string relative)
    {
        var path = Path.GetFullPath(Path.Combine(FullPath, relative));
        if (!path.StartsWith(Path.TrimEndingDirectorySeparator(FullPath) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new IOException($"'{relative}' is outside the output folder {FullPath}.");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }
}
