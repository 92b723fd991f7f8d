using MlxVideo.Farm.Traces;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Running;

namespace MlxVideo.Simulation.Replay;

/// <summary>
/// Times from a trace: those of stages of equal size on the worker, else of any size on the worker, else on other workers, scaled by their
/// benchmarks.
/// </summary>
internal sealed class TracedTimes : IMeasuredTimes
{
    private readonly Dictionary<(string Worker, string Kind, double Units), double> _ofSize;
    private readonly Dictionary<(string Worker, string Kind), double> _rates;
    private readonly Dictionary<string, double> _benchmarkRates;
    private readonly TracedLoads _loads;

    public TracedTimes(BatchTrace trace)
    {
        var benchmarks = trace.Lines.OfType<TraceLines.WorkerPresent>().GroupBy(worker => worker.Id)
            .ToDictionary(worker => worker.Key, worker => worker.First().Capabilities.TeraflopsPerSecond);
        var done = trace.Lines.OfType<TraceLines.AttemptEnded>()
            .Where(ended => ended.Outcome == AttemptOutcome.Succeeded).ToList();
        var shared = OffloadedShares(trace);
        var computed = done.Where(ended => ended.Began is not null && benchmarks.ContainsKey(ended.Worker))
            .Select(ended =>
                (ended.Worker, Kind: ended.StageKind, ended.TeraOperations, Seconds: (ended.At - ended.Began!.Value).TotalSeconds
                    / (1 - shared.GetValueOrDefault((ended.Row, ended.Stage, ended.Attempt))))).ToList();
        _ofSize = computed.GroupBy(stage => (stage.Worker, stage.Kind, stage.TeraOperations))
            .ToDictionary(stages => stages.Key, stages => stages.Average(stage => stage.Seconds));
        _rates = computed.GroupBy(stage => (stage.Worker, stage.Kind))
            .ToDictionary(stages => stages.Key, stages =>
                stages.Sum(stage => stage.Seconds) / Math.Max(1e-9, stages.Sum(stage => stage.TeraOperations)));
        _benchmarkRates = computed.GroupBy(stage => stage.Kind).ToDictionary(
            stages => stages.Key, stages =>
                stages.Sum(stage => stage.Seconds * benchmarks[stage.Worker]) / Math.Max(1e-9, stages.Sum(stage => stage.TeraOperations)));
        _loads = new TracedLoads(trace);
        MuxSeconds = done.Where(ended => ended.StageKind == MuxStage.KindId).Select(ended => ended.Seconds).DefaultIfEmpty(0).Average();
    }

    /// <summary>
    /// Returns the offloaded share of each attempt's evaluations. Without helpers, the attempt would have taken correspondingly longer.
    /// </summary>
    private static Dictionary<(int Row, string Stage, int Attempt), double> OffloadedShares(BatchTrace trace)
    {
        var stages = trace.Lines.OfType<TraceLines.BatchSubmitted>().SelectMany(batch => batch.Clips)
            .SelectMany(clip => StagePlanner.Plan(clip.Settings).Stages.OfType<DenoiseStage>().Select(stage => (clip.Row, Stage: stage)))
            .ToDictionary(stage => (stage.Row, stage.Stage.Id), stage => stage.Stage);
        return trace.Lines.OfType<TraceLines.EvaluationsOffloaded>()
            .GroupBy(helped => (helped.Row, helped.Stage, helped.Attempt)).ToDictionary(
            helped => helped.Key,
            helped =>
                helped.Sum(offload => offload.Steps * (double)offload.Evaluations)
                    / (stages[(helped.Key.Row, helped.Key.Stage)].Steps
                        * (double)stages[(helped.Key.Row, helped.Key.Stage)].EvaluationsPerStep));
    }

    /// <inheritdoc/>
    public double MuxSeconds { get; }

    /// <inheritdoc/>
    public double Seconds(SimulatedMac mac, StageWork work)
    {
        if (_ofSize.TryGetValue((mac.Name, work.Kind, work.TeraOperations), out var seconds))
            return seconds;
        return _rates.TryGetValue((mac.Name, work.Kind), out var rate)
            ? rate * work.TeraOperations
            : _benchmarkRates.GetValueOrDefault(work.Kind) * work.TeraOperations / Math.Max(1e-6, mac.TeraflopsPerSecond);
    }

    /// <inheritdoc/>
    public double? LoadSeconds(SimulatedMac mac, ModelComponent component) => _loads.Seconds(mac.Name, component);
}
