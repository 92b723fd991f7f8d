using MlxVideo.Farm.State;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Placement;

/// <summary>How long the farm still has to do, and how long the chain of one stage is beside it.</summary>
internal sealed class RemainingWork
{
    private readonly IReadOnlyDictionary<string, KindPace> _paces;
    private readonly double? _denoise;

    /// <param name="state">The farm.</param>
    /// <param name="slots">Its workers.</param>
    /// <param name="estimator">Times.</param>
    public RemainingWork(FarmState state, IReadOnlyList<Slot> slots, Estimator estimator)
    {
        var paces = new Dictionary<string, KindPace>(StringComparer.Ordinal);
        foreach (var kind in state.Open.SelectMany(id => state.Batches[id].Left).GroupBy(left => left.Key))
        {
            var each = slots.Select(slot => estimator.SecondsPerTeraOperation(slot, kind.Key)).OfType<double>().ToList();
            if (each.Count == 0)
                continue;
            var rate = each.Sum(seconds => 1 / seconds);
            // Of a very large farm only some workers are looked at; all of them work.
            var pace = new KindPace(each.Count / rate, slots.Count / (rate * Math.Max(1, state.Workers.Count)));
            paces.Add(kind.Key, pace);
            Seconds += kind.Sum(left => left.Value) * pace.Shared;
        }

        (_paces, _denoise) = (paces, paces.GetValueOrDefault(DenoiseStage.KindId)?.Typical);
    }

    private RemainingWork(RemainingWork other) => (_paces, _denoise, Seconds) = (other._paces, other._denoise, other.Seconds);

    /// <summary>Seconds until all of it is done, if no worker ever rests.</summary>
    public double Seconds { get; private set; }

    /// <summary>A stage is done.</summary>
    public void Done(StageWork work) => Seconds -= work.TeraOperations * (_paces.GetValueOrDefault(work.Kind)?.Shared ?? 0);

    /// <summary>Seconds of a stage and of the longest chain behind it, on workers of middling speed.</summary>
    public double ChainSeconds(StageWork work) => work.PathTeraOperations * (_denoise ?? _paces.GetValueOrDefault(work.Kind)?.Typical ?? 0);

    /// <summary>True when a chain is so long beside what the farm has to do that the end of the batch may wait for it.</summary>
    public bool IsCritical(StageWork work, double slack) => ChainSeconds(work) * slack > Seconds;

    /// <summary>Seconds of the longest chain behind a stage.</summary>
    public double SecondsBehind(StageWork work) =>
        ChainSeconds(work) - (work.TeraOperations / Math.Max(work.PathTeraOperations, 1e-9) * ChainSeconds(work));

    /// <summary>The same, to be moved on by itself.</summary>
    public RemainingWork Copy() => new(this);

    /// <summary>Seconds for 10¹² operations of a kind of stage.</summary>
    /// <param name="Typical">On a worker of middling speed.</param>
    /// <param name="Shared">On all workers together.</param>
    private sealed record KindPace(double Typical, double Shared);
}
