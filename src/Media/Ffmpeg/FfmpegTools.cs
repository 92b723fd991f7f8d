namespace MlxVideo.Media.Ffmpeg;

/// <summary>Paths of ffmpeg's programs.</summary>
/// <param name="Ffmpeg">Path of ffmpeg.</param>
/// <param name="Ffprobe">Path of ffprobe, usually in the same folder.</param>
public sealed record FfmpegTools(string Ffmpeg, string Ffprobe)
{
    /// <summary>Finds the programs in the folders of a search path.</summary>
    /// <param name="searchPath">The folders, separated as in PATH; this process's PATH when null.</param>
    /// <exception cref="MediaException">A program is missing; the message explains how to install it.</exception>
    public static FfmpegTools Find(string? searchPath = null)
    {
        var folders = (searchPath ?? Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return new FfmpegTools(Find("ffmpeg", folders), Find("ffprobe", folders));
    }

    private static string Find(string program, string[] folders)
    {
        var file = OperatingSystem.IsWindows() ? program + ".exe" : program;
        return folders.Select(folder => Path.GetFullPath(Path.Combine(folder, file))).FirstOrDefault(IsProgram)
            ?? throw new MediaException(
                $"{program} is not on the PATH: install it with 'apt-get install ffmpeg' (Debian, Ubuntu) or 'brew install ffmpeg' "
                    + "(macOS), or add its folder to the PATH.");
    }

    private static bool IsProgram(string path) =>
        File.Exists(path)
        && (OperatingSystem.IsWindows()
        || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);
}
