using MlxVideo.Farm.State;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Placement;

/// <summary>The farm's remaining work in seconds, and the length of a stage's chain relative to it.</summary>
internal sealed class RemainingWork
{
    private readonly IReadOnlyDictionary<string, KindPace> _paces;
    private readonly double? _denoise;

    public RemainingWork(FarmState state, IReadOnlyList<Slot> slots, Estimator estimator)
    {
        var paces = new Dictionary<string, KindPace>(StringComparer.Ordinal);
        foreach (var kind in state.Open.SelectMany(id => state.Batches[id].Left).GroupBy(left => left.Key))
        {
            var each = slots.Select(slot => estimator.SecondsPerTeraOperation(slot, kind.Key)).OfType<double>().ToList();
            if (each.Count == 0)
                continue;
            var rate = each.Sum(seconds => 1 / seconds);
            // In a very large farm only some workers are considered, but all of them work.
            var pace = new KindPace(each.Count / rate, slots.Count / (rate * Math.Max(1, state.Workers.Count)));
            paces.Add(kind.Key, pace);
            Seconds += kind.Sum(left => left.Value) * pace.Shared;
        }

        (_paces, _denoise) = (paces, paces.GetValueOrDefault(DenoiseStage.KindId)?.Typical);
    }

    private RemainingWork(RemainingWork other) => (_paces, _denoise, Seconds) = (other._paces, other._denoise, other.Seconds);

    /// <summary>Seconds until all work is done if no worker is ever idle.</summary>
    public double Seconds { get; private set; }

    /// <summary>Subtracts a finished stage.</summary>
    public void Done(StageWork work) => Seconds -= work.TeraOperations * (_paces.GetValueOrDefault(work.Kind)?.Shared ?? 0);

    /// <summary>Returns the seconds of a stage and of the longest chain behind it, on workers of typical speed.</summary>
    public double ChainSeconds(StageWork work) => work.PathTeraOperations * (_denoise ?? _paces.GetValueOrDefault(work.Kind)?.Typical ?? 0);

    /// <summary>True when a chain is so long relative to the remaining work that the end of the batch may wait for it.</summary>
    public bool IsCritical(StageWork work, double slack) => ChainSeconds(work) * slack > Seconds;

    /// <summary>Returns the seconds of the longest chain behind a stage.</summary>
    public double SecondsBehind(StageWork work) =>
        ChainSeconds(work) - (work.TeraOperations / Math.Max(work.PathTeraOperations, 1e-9) * ChainSeconds(work));

    /// <summary>Returns an independent copy for a forecast.</summary>
    public RemainingWork Copy() => new(this);

    /// <summary>Seconds per 10¹² operations of a stage kind.</summary>
    /// <param name="Typical">On a worker of typical speed.</param>
    /// <param name="Shared">On all workers together.</param>
    private sealed record KindPace(double Typical, double Shared);
}
