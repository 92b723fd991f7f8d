namespace MlxVideo.Media.Tests;

/// <summary>A temporary folder with characters in its name that need care in shells and ffmpeg.</summary>
internal sealed class TestFolder : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("media-").FullName;

    public TestFolder()
    {
        Path = System.IO.Path.Combine(_root, "a \"b\" 'c' %d ünï");
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    public string At(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a shell script that replaces a program, for faults that the real one does not produce on demand.</summary>
    public string Script(string name, string body)
    {
        var path = System.IO.Path.Combine(_root, name);
        File.WriteAllText(path, "#!/bin/sh\n" + body);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
