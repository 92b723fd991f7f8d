using System.Globalization;
using System.Runtime.InteropServices;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Worker.Engine;

/// <summary>A fault of the engine process, for tests of its consequences in whole programs. It happens in the middle of a stage.</summary>
/// <param name="StageKind">Id of the affected stage kind; null for all.</param>
/// <param name="Run">The only affected run of such a stage in a process, counted from 1; null for every run.</param>
public sealed record EngineFault(EngineFaultKind Kind, string? StageKind, int? Run)
{
    /// <summary>The environment variable with the fault: <c>crash|hang|abort[:KIND[:N]]</c>.</summary>
    public const string Variable = "MLXVIDEO_ENGINE_FAULT";

    private const int SegmentationFault = 11;

    /// <summary>Reads the fault from the environment; null when there is none. Called by composition roots only.</summary>
    /// <exception cref="InvalidConfigurationException">The variable is invalid.</exception>
    public static EngineFault? FromEnvironment() => Parse(Environment.GetEnvironmentVariable(Variable));

    /// <summary>Parses the variable; returns null for no text.</summary>
    /// <exception cref="InvalidConfigurationException">The text is invalid; the message is one sentence.</exception>
    public static EngineFault? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        var parts = text.Split(':');
        var kinds = Enum.GetValues<EngineFaultKind>();
        var kind = Array.FindIndex(kinds, each => each.ToString().ToLowerInvariant() == parts[0]);
        var run = 0;
        if (kind < 0 || parts.Length > 3 || (parts.Length > 1 && StageKinds.Find(parts[1]) is null)
            || (parts.Length > 2 && (!int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out run) || run == 0)))
            throw new InvalidConfigurationException(
                $"{Variable}: '{text}' is not a fault; write crash, hang or abort, optionally followed by a stage kind and the number of "
                + "a run, as in crash:denoise:2.");
        return new EngineFault(kinds[kind], parts.ElementAtOrDefault(1), parts.Length > 2 ? run : null);
    }

    /// <summary>Causes the fault on the calling thread.</summary>
    public void Cause()
    {
        Console.Error.WriteLine($"{Variable} requests a fault: {Kind}.");
        if (Kind == EngineFaultKind.Crash)
            _ = Raise(SegmentationFault);
        if (Kind == EngineFaultKind.Abort)
            Abort();
        Thread.Sleep(Timeout.Infinite); // the hang itself
    }

    [DllImport("libc", EntryPoint = "raise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Raise(int signal);

    [DllImport("libc", EntryPoint = "abort")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void Abort();
}

/// <summary>What happens to the engine's process.</summary>
public enum EngineFaultKind
{
    /// <summary>It accesses invalid memory.</summary>
    Crash,

    /// <summary>It stops computing and does not react to cancellation.</summary>
    Hang,

    /// <summary>A native library aborts it.</summary>
    Abort,
}
