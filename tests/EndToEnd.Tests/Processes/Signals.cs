using System.Diagnostics;
using System.Globalization;

namespace MlxVideo.EndToEnd.Tests.Processes;

/// <summary>What people and systems do to processes from outside.</summary>
internal static class Signals
{
    /// <summary>A polite request to end.</summary>
    public static Task Terminate(int processId) => Send("TERM", processId);

    /// <summary>The end, at once.</summary>
    public static Task Kill(int processId) => Send("KILL", processId);

    /// <summary>Stands still until <see cref="Resume"/>.</summary>
    public static Task Freeze(int processId) => Send("STOP", processId);

    /// <summary>Goes on.</summary>
    public static Task Resume(int processId) => Send("CONT", processId);

    /// <summary>Sends a signal by its name without SIG.</summary>
    public static async Task Send(string signal, int processId)
    {
        using var shell = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {processId}")]);
        await shell.WaitForExitAsync();
        Assert.Equal(0, shell.ExitCode);
    }
}
