using MlxVideo.Shared.Farm;
using MlxVideo.Shared.Scheduling.Work;

namespace MlxVideo.Shared.Scheduling.Placement;

/// <summary>How long the farm still has to do, and how long the chain of one task is beside it.</summary>
internal sealed class RemainingWork
{
    private readonly Dictionary<string, double> _typicalSecondsPerTeraflop = new(StringComparer.Ordinal);

    private readonly double _slack;

    /// <param name="state">The farm.</param>
    /// <param name="slots">Its workers.</param>
    /// <param name="estimator">Times.</param>
    /// <param name="options">The policy's numbers.</param>
    public RemainingWork(FarmState state, IReadOnlyList<Slot> slots, Estimator estimator, SchedulingOptions options)
    {
        var clips = state.Open.Max(id => state.Batches[id].Clips.Count);
        _slack = options.ChainSlack + (options.SmallBatchSlack * Math.Max(0, 1 - (clips / (options.TailClipsPerWorker * state.Workers.Count))));
        double seconds = 0;
        foreach (var kind in state.Open.SelectMany(id => state.Batches[id].Left).GroupBy(left => left.Key))
        {
            double rate = 0;
            var able = 0;
            foreach (var slot in slots)
            {
                if (estimator.SecondsPerTeraflop(slot, kind.Key) is { } each)
                    (rate, able) = (rate + (1 / each), able + 1);
            }

            if (able == 0)
                continue;
            seconds += kind.Sum(left => left.Value) / rate;
            _typicalSecondsPerTeraflop[kind.Key] = able / rate;
        }

        // Of a very large farm only some workers are looked at; all of them work.
        Seconds = seconds * slots.Count / Math.Max(1, state.Workers.Count);
    }

    /// <summary>Seconds until all of it is done, if no worker ever rests.</summary>
    public double Seconds { get; }

    /// <summary>Seconds of a task and of the longest chain behind it, on workers of middling speed.</summary>
    public double ChainSeconds(TaskWork work) => work.PathTeraflops * _typicalSecondsPerTeraflop.GetValueOrDefault("denoise", _typicalSecondsPerTeraflop.GetValueOrDefault(work.Kind));

    /// <summary>True when a chain is so long beside what the farm has to do that the end of the batch may wait for it.</summary>
    public bool IsCritical(TaskWork work) => ChainSeconds(work) * _slack > Seconds;

    /// <summary>Seconds of the longest chain behind a task.</summary>
    public double SecondsBehind(TaskWork work) => ChainSeconds(work) - (work.Teraflops / Math.Max(work.PathTeraflops, 1e-9) * ChainSeconds(work));
}
