using System.Runtime.InteropServices;

namespace MlxVideo.Shared.Processes;

/// <summary>The process's disposition of signals.</summary>
internal static class SignalDisposition
{
    private const nint Ignore = 1;

    // struct sigaction starts with the handler on Linux and macOS, and is smaller than this on both.
    private const int MaxStructLength = 512;

    /// <summary>True when the signal is ignored, as for processes started by <c>nohup</c> or in the background of scripts.</summary>
    public static bool IsIgnored(PosixSignal signal)
    {
        if (OperatingSystem.IsWindows())
            return false;
        Span<nint> action = stackalloc nint[MaxStructLength / nint.Size];
        return SigAction(Number(signal), 0, ref action[0]) == 0 && action[0] == Ignore;
    }

    /// <summary>Returns a signal's number; those of these three are the same on all systems.</summary>
    private static int Number(PosixSignal signal) => signal switch
    {
        PosixSignal.SIGHUP => 1,
        PosixSignal.SIGINT => 2,
        PosixSignal.SIGTERM => 15,
        _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, "Not a termination signal."),
    };

    [DllImport("libc", EntryPoint = "sigaction")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SigAction(int signal, nint action, ref nint oldAction);
}
