using System.Runtime.InteropServices;

namespace MlxVideo.Shared.Processes;

/// <summary>What the process does at a signal.</summary>
internal static class SignalDisposition
{
    private const nint Ignore = 1;

    // struct sigaction begins with the handler on Linux and on macOS, and is smaller than this on both.
    private const int MaxStructLength = 512;

    /// <summary>True when the signal is ignored, as <c>nohup</c> and the background jobs of scripts are started.</summary>
    public static bool IsIgnored(PosixSignal signal)
    {
        if (OperatingSystem.IsWindows())
            return false;
        Span<nint> action = stackalloc nint[MaxStructLength / nint.Size];
        return SigAction(Number(signal), 0, ref action[0]) == 0 && action[0] == Ignore;
    }

    /// <summary>The numbers of these three are the same everywhere.</summary>
    private static int Number(PosixSignal signal) => signal switch
    {
        PosixSignal.SIGHUP => 1,
        PosixSignal.SIGINT => 2,
        PosixSignal.SIGTERM => 15,
        _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, "It is no request to end."),
    };

    [DllImport("libc", EntryPoint = "sigaction")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SigAction(int signal, nint action, ref nint oldAction);
}
