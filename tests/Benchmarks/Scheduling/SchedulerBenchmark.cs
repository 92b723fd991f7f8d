using System.Diagnostics;
using MlxVideo.Farm;
using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Scheduling;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Simulation;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Running;

namespace MlxVideo.Benchmarks.Scheduling;

/// <summary>Decision times of the scheduler on a very large farm, and the memory of the farm's state.</summary>
/// <param name="Workers">Number of workers, all busy.</param>
/// <param name="OpenStages">Number of stages that were open at the start.</param>
/// <param name="Events">Number of processed results, each followed by a decision.</param>
/// <param name="DecisionMs">Milliseconds per decision.</param>
/// <param name="FloorMs">Milliseconds to visit every worker's current attempt once: the lower bound for any decision.</param>
/// <param name="ApplyMs">Milliseconds to apply a result to the state.</param>
/// <param name="HeapBeforeMb">Live objects before the events, in 10⁶ bytes.</param>
/// <param name="HeapAfterMb">Live objects after the events, in 10⁶ bytes.</param>
/// <param name="EndWorkers">Number of workers of the farm near the end of a batch, when placement rules are forecast.</param>
/// <param name="EndClips">Number of clips of that batch.</param>
/// <param name="EndDecisionMs">Milliseconds per decision in that batch.</param>
/// <param name="EndFloorMs">Milliseconds per decision without the evaluation of rules: the lower bound.</param>
public sealed record SchedulerBenchmark(
    int Workers, int OpenStages, int Events, Percentiles DecisionMs, Percentiles FloorMs, Percentiles ApplyMs, double HeapBeforeMb,
    double HeapAfterMb,
    int EndWorkers, int EndClips, Percentiles EndDecisionMs, Percentiles EndFloorMs)
{
    private const int FewWorkers = 16;
    private const int FewClips = 64;
    private const int ManyWorkers = 1000;
    private const int ManyStages = 100_000;
    private const int ManyEvents = 3000;
    private const double SecondsPerEvent = 0.05;

    /// <summary>Runs the benchmark.</summary>
    /// <param name="progress">Receives progress messages.</param>
    public static SchedulerBenchmark Run(Action<string> progress)
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var policy = new TimedPolicy(new Scheduler());
        var farm = new FarmAggregate(policy);
        progress($"a farm of {ManyWorkers} workers and {ManyStages} open stages");
        foreach (var mac in ReferenceFarms.Macs(ManyWorkers))
            farm.Register(new RegisterWorker(mac.Name, "e1", mac.Name, "mps", "ltx-2", mac.Capabilities, "ltx-2", []), now);
        farm.Submit("b1", BatchOf(ManyStages), now);
        farm.Schedule(now);
        var open = farm.State.Batches["b1"].Clips.Values.Sum(clip => clip.Stages.Values.Count(status => status.State != StageState.Done));

        var random = new Random(1);
        var workers = farm.State.Workers.Keys.ToList();
        var (floor, apply) = (new List<double>(), new List<double>());
        double heapBefore = 0;
        // The same number of warm-up events first, until the code is compiled and the farm is in a steady state.
        for (var number = -ManyEvents; number < ManyEvents; number++)
        {
            if (number == 0)
            {
                progress($"{ManyEvents} results and decisions");
                policy.Reset();
                heapBefore = LiveMegabytes();
                (floor, apply) = ([], []);
            }

            now += TimeSpan.FromSeconds(SecondsPerEvent);
            if (farm.State.Workers[workers[random.Next(workers.Count)]].Current is not { } current)
                continue;
            floor.Add(
                Timed(() =>
                    farm.State.Workers.Values.Count(
                        worker => worker.Current is { } attempt && farm.State.ClipOf(attempt.Address.Stage) is not null)));
            apply.Add(Timed(() => Complete(farm, current.Address, now)));
            farm.Schedule(now);
        }

        var heapAfter = LiveMegabytes();
        progress($"end of a batch with {FewWorkers} workers and {FewClips} clips");
        return new SchedulerBenchmark(
            ManyWorkers, open, ManyEvents, Percentiles.Of(policy.Milliseconds), Percentiles.Of(floor), Percentiles.Of(apply),
            heapBefore, heapAfter,
            FewWorkers, FewClips, AtTheEnd(new SchedulingOptions()), AtTheEnd(new SchedulingOptions { ForecastClipsPerWorker = 0 }));
    }

    /// <summary>Decision times of a complete batch, simulated twice: the first run compiles the code.</summary>
    private static Percentiles AtTheEnd(SchedulingOptions options)
    {
        var policy = new TimedPolicy(new Scheduler(options));
        for (var run = 0; run < 2; run++)
        {
            policy.Reset();
            FarmSimulation.Run(
                policy, ReferenceFarms.Macs(FewWorkers), Comparison.BatchOf("mixed", FewClips, seed: 1), new TrueTimes(1), []);
        }

        return Percentiles.Of(policy.Milliseconds);
    }

    private static BatchRequest BatchOf(int stages)
    {
        // A clip of the mix has at least seven stages: prompt, two denoise passes, upsampling, audio, one or more tiles, mux.
        const int StagesPerClip = 8;
        return Comparison.BatchOf("mixed", stages / StagesPerClip, seed: 1);
    }

    private static void Complete(FarmAggregate farm, AttemptAddress attempt, DateTimeOffset now)
    {
        var clip = farm.State.ClipOf(attempt.Stage)!;
        var work = clip.Work[attempt.Stage.StageId];
        farm.Progress(new StepProgress(attempt, 0, work.Steps), now - TimeSpan.FromSeconds(1));
        farm.Progress(new StepProgress(attempt, work.Steps, work.Steps), now);
        farm.Done(
            new CompleteAttempt(
                attempt, clip.Stage(attempt.Stage.StageId).Outputs.Select(name => new NamedBlob(name, new BlobRef($"{work.Key}/{name}", 1)))
                    .ToList()), now);
        if (farm.State.Local is [var mux, ..])
            Finish(farm, mux, now);
    }

    private static void Finish(FarmAggregate farm, StageAddress mux, DateTimeOffset now)
    {
        farm.StartLocal(mux, "coordinator", now);
        var clip = farm.State.ClipOf(mux)!;
        farm.Finish(new CompleteAttempt(new AttemptAddress(mux, 1), [new NamedBlob(clip.Plan.Clip, new BlobRef("mp4", 1))]), "", now);
    }

    private static double Timed(Action action)
    {
        var began = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    private static double LiveMegabytes() => Math.Round(GC.GetTotalMemory(forceFullCollection: true) / 1e6, 1);
}

/// <summary>Percentiles of a set of times.</summary>
public sealed record Percentiles(double Median, double P95, double Max)
{
    public static Percentiles Of(IReadOnlyCollection<double> values)
    {
        var sorted = values.Order().ToList();
        return new Percentiles(
            Math.Round(sorted[sorted.Count / 2], 4), Math.Round(sorted[(int)(sorted.Count * 0.95)], 4), Math.Round(sorted[^1], 4));
    }
}
