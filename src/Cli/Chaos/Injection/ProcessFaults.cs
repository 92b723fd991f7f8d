using System.Collections.Concurrent;
using System.Globalization;
using MlxVideo.Cli.Chaos.Plan;
using MlxVideo.Cli.Chaos.Processes;

namespace MlxVideo.Cli.Chaos.Injection;

/// <summary>Kills and freezes of processes.</summary>
internal sealed class ProcessFaults(TimeProvider time)
{
    /// <summary>Part of the command lines of this build's programs, which sets them apart from ffmpeg.</summary>
    private const string OwnPrograms = "MlxVideo.";

    private readonly ConcurrentDictionary<string, bool> _frozen = [];

    /// <summary>Kills a daemon, which is restarted after the fault's duration.</summary>
    public static FaultOutcome Kill(SupervisedDaemon daemon, Fault fault)
    {
        var processId = daemon.ProcessId;
        return daemon.Kill(fault.Duration)
            ? FaultOutcome.Injected(Text($"process {processId}, restart after {fault.Duration.TotalSeconds:0.0} s"))
            : NotRunning;
    }

    /// <summary>Kills the engine process of a worker.</summary>
    public static FaultOutcome KillEngine(SupervisedDaemon worker)
    {
        if (worker.ProcessId is not { } processId)
            return NotRunning;
        var engine = ProcessTable.Read().ChildrenOf(processId)
            .FirstOrDefault(child => child.Command.Contains(OwnPrograms, StringComparison.Ordinal));
        return engine is not null && ProcessSignals.Kill(engine.Id)
            ? FaultOutcome.Injected(Text($"process {engine.Id} of worker process {processId}"))
            : FaultOutcome.Skipped("the worker has no engine process");
    }

    /// <summary>Freezes a daemon and its child processes for the fault's duration.</summary>
    public async Task<FaultOutcome> FreezeAsync(SupervisedDaemon daemon, Fault fault, CancellationToken cancellationToken)
    {
        if (!_frozen.TryAdd(daemon.Name, true))
            return FaultOutcome.Skipped("the process is frozen already");
        try
        {
            return daemon.ProcessId is { } processId && ProcessSignals.Freeze(processId)
                ? await KeepFrozenAsync(processId, fault, cancellationToken)
                : NotRunning;
        }
        finally
        {
            _frozen.TryRemove(daemon.Name, out _);
        }
    }

    private async Task<FaultOutcome> KeepFrozenAsync(int processId, Fault fault, CancellationToken cancellationToken)
    {
        // The daemon is frozen first, and cannot start more.
        var all = ProcessTable.Read().DescendantsOf(processId).Select(child => child.Id).Where(ProcessSignals.Freeze).Append(processId)
            .ToList();
        try
        {
            await Task.Delay(fault.Duration, time, cancellationToken);
        }
        finally
        {
            foreach (var id in all)
                ProcessSignals.Resume(id);
        }

        return FaultOutcome.Injected(Text($"{all.Count} processes for {fault.Duration.TotalSeconds:0.0} s"));
    }

    private static FaultOutcome NotRunning => FaultOutcome.Skipped("the process is being restarted");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
