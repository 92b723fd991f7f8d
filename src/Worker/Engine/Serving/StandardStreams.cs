using System.Runtime.InteropServices;
using MlxVideo.Worker.Engine.Channel;

namespace MlxVideo.Worker.Engine.Serving;

/// <summary>
/// The engine process's end of the channel: its standard input and its former standard output. Pipes that only the two processes hold need
/// no address and no permissions, and are closed when either process ends.
/// </summary>
internal static class StandardStreams
{
    private const int Output = 1;
    private const int Error = 2;

    /// <summary>
    /// Takes the standard streams, before any library is loaded. Native libraries print to standard output: from now on, what they print
    /// goes to standard error.
    /// </summary>
    public static EngineChannel TakeAsChannel()
    {
        var (input, output) = (Console.OpenStandardInput(), Console.OpenStandardOutput()); // duplicates, which are not inherited
        if (!OperatingSystem.IsWindows() && Duplicate(Error, Output) < 0)
            throw new IOException("Standard output can't be redirected.");
        return new EngineChannel(input, output);
    }

    [DllImport("libc", EntryPoint = "dup2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Duplicate(int descriptor, int copy);
}
