using MlxVideo.Cli.Chaos.Injection;
using MlxVideo.Cli.Chaos.Plan;

namespace MlxVideo.Cli.Chaos;

/// <summary>The result of a chaos run; <c>--json</c> prints it with snake_case names.</summary>
/// <param name="Minutes">Minutes in which faults were injected.</param>
/// <param name="Delivered">Number of delivered clips.</param>
/// <param name="Attempts">Number of attempts of all stages.</param>
/// <param name="Retries">Attempts after the first one of a stage, including speculative ones.</param>
/// <param name="ClientRuns">How often clients were started; once per batch without faults.</param>
/// <param name="Restarts">Number of restarts of all daemons.</param>
/// <param name="OwnExits">
/// Ends of daemons that no fault caused directly, such as that of a worker that starts while the coordinator is away.
/// </param>
/// <param name="UndisturbedS">Seconds of the undisturbed run, from the first submission to the last delivery.</param>
/// <param name="DisturbedS">Seconds of the run with faults, from the first submission to the last delivery.</param>
/// <param name="SettledS">Seconds from the last delivery until the farm was idle and clean.</param>
/// <param name="Faults">Counts by kind.</param>
/// <param name="Log">The faults in order of time.</param>
/// <param name="Problems">What failed, one sentence each; empty for a successful run.</param>
internal sealed record ChaosReport(
    int Seed, double Minutes, int Workers, int Batches, int Rows, int Delivered, int Attempts, int Retries, int ClientRuns, int Restarts,
    IReadOnlyList<string> OwnExits, double UndisturbedS, double DisturbedS, double SettledS, IReadOnlyList<FaultCount> Faults,
    IReadOnlyList<FaultRecord> Log, IReadOnlyList<string> Problems);

/// <summary>Number of faults of a kind.</summary>
/// <param name="Injected">Faults that had an effect.</param>
/// <param name="Skipped">Scheduled faults without a target at their time.</param>
internal sealed record FaultCount(FaultKind Kind, int Injected, int Skipped)
{
    /// <summary>Counts the faults of all selected kinds.</summary>
    public static IReadOnlyList<FaultCount> Of(IEnumerable<FaultKind> kinds, IReadOnlyList<FaultRecord> log) => kinds.Select(
        kind => new FaultCount(
            kind, log.Count(fault => fault.Kind == kind && fault.Injected), log.Count(fault => fault.Kind == kind && !fault.Injected)))
        .ToList();
}
