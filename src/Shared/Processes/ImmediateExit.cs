using System.Runtime.InteropServices;

namespace MlxVideo.Shared.Processes;

/// <summary>
/// Ends the process without running any handler: those of <see cref="Environment.Exit"/> wait for the actor system and the host.
/// </summary>
public static class ImmediateExit
{
    /// <summary>Ends the process.</summary>
    public static void Exit(int exitCode)
    {
        if (OperatingSystem.IsWindows())
            Environment.Exit(exitCode);
        else
            ExitNow(exitCode);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void ExitNow(int exitCode);
}
