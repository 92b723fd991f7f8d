using MlxVideo.Cli.Chaos.Plan;

namespace MlxVideo.Cli.Chaos.Injection;

/// <summary>What became of a scheduled fault.</summary>
/// <param name="Detail">The affected file or process, or the reason why the fault was skipped.</param>
public sealed record FaultOutcome(bool IsInjected, string Detail)
{
    /// <summary>Creates the outcome of an injected fault.</summary>
    public static FaultOutcome Injected(string detail) => new(true, detail);

    /// <summary>Creates the outcome of a fault that had no target.</summary>
    public static FaultOutcome Skipped(string reason) => new(false, reason);
}

/// <summary>A line of the fault log.</summary>
/// <param name="AtS">Seconds from the start of the schedule at which the fault was injected.</param>
/// <param name="ScheduledS">Seconds at which it was scheduled.</param>
/// <param name="DurationS">Seconds until it was undone.</param>
/// <param name="Target">Name of the affected daemon.</param>
/// <param name="Injected">False when the fault had no target at that time.</param>
public sealed record FaultRecord(
    FaultKind Kind, double AtS, double ScheduledS, double DurationS, string Target, bool Injected, string Detail);
