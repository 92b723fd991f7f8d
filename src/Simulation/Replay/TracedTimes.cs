using MlxVideo.Farm.Traces;
using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Running;

namespace MlxVideo.Simulation.Replay;

/// <summary>
/// Times from a trace: what tasks of this size took on this worker, else of any size, else on the others by their benchmarks.
/// </summary>
internal sealed class TracedTimes : IMeasuredTimes
{
    private readonly Dictionary<(string Worker, string Kind, double Units), double> _ofSize;
    private readonly Dictionary<(string Worker, string Kind), double> _rates;
    private readonly Dictionary<string, double> _benchmarkRates;
    private readonly TracedLoads _loads;

    public TracedTimes(BatchTrace trace)
    {
        var benchmarks = trace.Lines.OfType<TraceLines.WorkerIsHere>().GroupBy(worker => worker.Id)
            .ToDictionary(worker => worker.Key, worker => worker.First().Capabilities.Teraflops);
        var done = trace.Lines.OfType<TraceLines.AttemptEnded>()
            .Where(ended => ended.Outcome == AttemptOutcome.Succeeded).ToList();
        var shared = SharesOfHelpers(trace);
        var computed = done.Where(ended => ended.Began is not null && benchmarks.ContainsKey(ended.Worker))
            .Select(ended =>
                (ended.Worker, Kind: ended.WorkKind, ended.Units, Seconds: (ended.At - ended.Began!.Value).TotalSeconds
                    / (1 - shared.GetValueOrDefault((ended.Row, ended.Stage, ended.Attempt))))).ToList();
        _ofSize = computed.GroupBy(task => (task.Worker, task.Kind, task.Units))
            .ToDictionary(tasks => tasks.Key, tasks => tasks.Average(task => task.Seconds));
        _rates = computed.GroupBy(task => (task.Worker, task.Kind))
            .ToDictionary(tasks => tasks.Key, tasks => tasks.Sum(task => task.Seconds) / Math.Max(1e-9, tasks.Sum(task => task.Units)));
        _benchmarkRates = computed.GroupBy(task => task.Kind).ToDictionary(
            tasks => tasks.Key, tasks =>
                tasks.Sum(task => task.Seconds * benchmarks[task.Worker]) / Math.Max(1e-9, tasks.Sum(task => task.Units)));
        _loads = new TracedLoads(trace);
        MuxSeconds = done.Where(ended => ended.WorkKind == MuxTask.Name).Select(ended => ended.Seconds).DefaultIfEmpty(0).Average();
    }

    /// <summary>What share of an attempt's passes others computed: alone it would have taken so much longer.</summary>
    private static Dictionary<(int Row, string Stage, int Attempt), double> SharesOfHelpers(BatchTrace trace)
    {
        var tasks = trace.Lines.OfType<TraceLines.BatchBegan>().SelectMany(batch => batch.Clips)
            .SelectMany(clip => StagePlanner.Plan(clip.Settings).Tasks.OfType<DenoiseTask>().Select(task => (clip.Row, Task: task)))
            .ToDictionary(task => (task.Row, task.Task.Id), task => task.Task);
        return trace.Lines.OfType<TraceLines.Helped>().GroupBy(helped => (helped.Row, helped.Stage, helped.Attempt)).ToDictionary(
            helped => helped.Key,
            helped =>
                helped.Sum(help => help.Steps * (double)help.Passes)
                    / (tasks[(helped.Key.Row, helped.Key.Stage)].Steps * (double)tasks[(helped.Key.Row, helped.Key.Stage)].PassesOfStep));
    }

    /// <inheritdoc/>
    public double MuxSeconds { get; }

    /// <inheritdoc/>
    public double Seconds(SimulatedMac mac, StageWork work)
    {
        if (_ofSize.TryGetValue((mac.Name, work.Kind, work.Teraflops), out var seconds))
            return seconds;
        return _rates.TryGetValue((mac.Name, work.Kind), out var rate)
            ? rate * work.Teraflops
            : _benchmarkRates.GetValueOrDefault(work.Kind) * work.Teraflops / Math.Max(1e-6, mac.Teraflops);
    }

    /// <inheritdoc/>
    public double? LoadSeconds(SimulatedMac mac, ModelPart part) => _loads.Seconds(mac.Name, part);
}
