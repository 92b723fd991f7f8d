using System.Runtime.InteropServices;

namespace MlxVideo.Cli.Chaos.Processes;

/// <summary>Sends signals to processes.</summary>
public static class ProcessSignals
{
    private const int Kill9 = 9;

    private static int StopSignal => OperatingSystem.IsMacOS() ? 17 : 19;

    private static int ContinueSignal => OperatingSystem.IsMacOS() ? 19 : 18;

    /// <summary>Kills a process (SIGKILL).</summary>
    /// <returns>False when the process does not exist.</returns>
    public static bool Kill(int processId) => Send(processId, Kill9) == 0;

    /// <summary>Suspends a process (SIGSTOP).</summary>
    /// <returns>False when the process does not exist.</returns>
    public static bool Freeze(int processId) => Send(processId, StopSignal) == 0;

    /// <summary>Resumes a suspended process (SIGCONT).</summary>
    /// <returns>False when the process does not exist.</returns>
    public static bool Resume(int processId) => Send(processId, ContinueSignal) == 0;

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Send(int processId, int signal);
}
