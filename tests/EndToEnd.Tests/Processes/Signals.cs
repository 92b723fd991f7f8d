using System.Diagnostics;
using System.Globalization;

namespace MlxVideo.EndToEnd.Tests.Processes;

/// <summary>Sends signals to processes.</summary>
internal static class Signals
{
    /// <summary>Asks a process to exit (SIGTERM).</summary>
    public static Task Terminate(int processId) => Send("TERM", processId);

    /// <summary>Kills a process (SIGKILL).</summary>
    public static Task Kill(int processId) => Send("KILL", processId);

    /// <summary>Suspends a process until <see cref="Resume"/>.</summary>
    public static Task Freeze(int processId) => Send("STOP", processId);

    /// <summary>Resumes a frozen process.</summary>
    public static Task Resume(int processId) => Send("CONT", processId);

    /// <summary>Sends a signal, named without the SIG prefix.</summary>
    public static async Task Send(string signal, int processId)
    {
        using var shell = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {processId}")]);
        await shell.WaitForExitAsync();
        Assert.Equal(0, shell.ExitCode);
    }
}
