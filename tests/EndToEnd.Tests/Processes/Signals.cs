using System.Diagnostics;
using System.Globalization;

namespace MlxVideo.EndToEnd.Tests.Processes;

/// <summary>Sends signals to processes.</summary>
internal static class Signals
{
    /// <summary>Asks a process to exit (SIGTERM).</summary>
    public static Task TerminateAsync(int processId) => SendAsync("TERM", processId);

    /// <summary>Kills a process (SIGKILL).</summary>
    public static Task KillAsync(int processId) => SendAsync("KILL", processId);

    /// <summary>Suspends a process until <see cref="ResumeAsync"/>.</summary>
    public static Task FreezeAsync(int processId) => SendAsync("STOP", processId);

    /// <summary>Resumes a frozen process.</summary>
    public static Task ResumeAsync(int processId) => SendAsync("CONT", processId);

    /// <summary>Sends a signal, named without the SIG prefix.</summary>
    public static async Task SendAsync(string signal, int processId)
    {
        using var shell = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {processId}")]);
        await shell.WaitForExitAsync();
        Assert.Equal(0, shell.ExitCode);
    }
}
