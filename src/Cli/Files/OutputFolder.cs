using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Cli.Files;

/// <summary>The folder that clips are written to.</summary>
public sealed class OutputFolder
{
    private OutputFolder(string path) => FullPath = path;

    /// <summary>Its full path.</summary>
    public string FullPath { get; }

    /// <summary>Creates the folder if need be and makes sure that it can be written.</summary>
    /// <exception cref="IOException">It can't; the message says so.</exception>
    public static OutputFolder Open(string path) => new(WritableFolder.Open(path, "output folder", "--output"));

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
