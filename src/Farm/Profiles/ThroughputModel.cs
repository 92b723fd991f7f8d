using System.Collections.Immutable;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Profiles;

/// <summary>
/// How long stages take, learned from steps and results; immutable. A time is known best for the same worker, precision,
/// kind and size; else it is scaled from other sizes, from other workers, and at first from the worker's benchmark. How
/// fast a worker is just now, against what it usually is, is kept apart: a Mac that throttles does so in every stage.
/// </summary>
/// <remarks>
/// A time is the product of a rate and a pace, and only the product is observed. All averages are taken of logarithms, so
/// that noise has no direction and moves neither factor in the long run; the pace is bounded besides, and a rejoining worker
/// keeps only the square root of it. A key that was not seen for long is therefore off by the pace's bound at most.
/// </remarks>
public sealed record ThroughputModel(ImmutableDictionary<ThroughputKey, LearnedRate> Rates, ImmutableDictionary<string, double> Paces)
{
    /// <summary>
    /// How many times slower or faster than usual a worker is taken to be at most: what is beyond that is a usual time sooner or later.
    /// </summary>
    public const double LargestPace = 8;

    private const double RateGain = 0.25;
    private const double SlowRateGain = 0.05;
    private const double PaceGain = 0.6;

    // The relative deviation at which a single time tells half as much of the pace; a rate of few times is itself uncertain.
    private const double NoisyDeviation = 0.15;
    private const double UncertaintyOfFew = 4;

    // Benchmarks, in 10¹² operations a second, and seconds for 10¹² operations that are credible at all.
    private const double LeastBenchmark = 1e-6;
    private const double LargestBenchmark = 1e9;
    private const double LeastRate = 1e-15;
    private const double LargestRate = 1e15;

    /// <summary>Nothing learned yet.</summary>
    public static ThroughputModel Empty { get; } =
        new(ImmutableDictionary<ThroughputKey, LearnedRate>.Empty, ImmutableDictionary<string, double>.Empty);

    /// <summary>How many times slower a worker is just now than it usually is.</summary>
    public double PaceOf(string worker) => Paces.GetValueOrDefault(worker, 1);

    /// <summary>Expected seconds of a stage on a worker, model loading and transfers excluded.</summary>
    /// <param name="worker">Its id.</param>
    /// <param name="precision">What it computes in.</param>
    /// <param name="teraflopsPerSecond">Its benchmark: 10¹² operations a second.</param>
    /// <param name="work">The stage.</param>
    public double Seconds(string worker, string precision, double teraflopsPerSecond, StageWork work) =>
        RateFor(ThroughputKey.Exact(worker, precision, work), teraflopsPerSecond) * work.TeraOperations * PaceOf(worker);

    /// <summary>Expected seconds of 10¹² operations of a kind of stage, of whatever size.</summary>
    public double SecondsPerTeraOperation(string worker, string precision, double teraflopsPerSecond, string kind) =>
        RateFor(new ThroughputKey(worker, precision, kind, null), teraflopsPerSecond) * PaceOf(worker);

    /// <summary>Relative deviation of a stage's time from what is expected; a guess while nothing was seen.</summary>
    public double Deviation(string worker, string precision, StageWork work) =>
        Rates.TryGetValue(ThroughputKey.Exact(worker, precision, work), out var exact) ? exact.Deviation : LearnedRate.UnknownDeviation;

    /// <summary>Learns from seconds that a share of a stage took: a denoise step, or all of it.</summary>
    /// <param name="worker">The worker's id.</param>
    /// <param name="precision">What it computes in.</param>
    /// <param name="teraflopsPerSecond">Its benchmark.</param>
    /// <param name="work">The stage.</param>
    /// <param name="share">How much of the stage the seconds were for, up to 1.</param>
    /// <param name="seconds">Seconds, loading and transfers excluded.</param>
    public ThroughputModel Learn(string worker, string precision, double teraflopsPerSecond, StageWork work, double share, double seconds)
    {
        var seen = seconds / (share * work.TeraOperations);
        if (!(seconds > 0 && share > 0 && work.TeraOperations > 0 && seen is >= LeastRate and <= LargestRate))
            return this;
        var pace = PaceOf(worker);
        var exact = ThroughputKey.Exact(worker, precision, work);
        var paces = Paces;
        var known = Rates.GetValueOrDefault(exact);
        if (known is { IsSettled: true })
        {
            var off = Outliers.Limit(Math.Log(seen / (known.SecondsPerTeraOperation * pace)));
            var noise = known.Deviation / NoisyDeviation;
            var gain = PaceGain / (1 + (noise * noise * (1 + (UncertaintyOfFew / known.Count))));
            pace = Math.Clamp(pace * Math.Exp(gain * off), 1 / LargestPace, LargestPace);
            paces = paces.SetItem(worker, pace);
        }

        var usual = seen / pace;
        var relative = usual * Benchmark(teraflopsPerSecond);
        var rates = Rates
            .SetItem(exact, After(exact, usual, known is { IsSettled: true } ? SlowRateGain : RateGain))
            .SetItem(exact.OfAnySize, After(exact.OfAnySize, usual, RateGain))
            .SetItem(exact.OfAllWorkers, After(exact.OfAllWorkers, relative, RateGain))
            .SetItem(exact.OfAllWorkers.OfAnySize, After(exact.OfAllWorkers.OfAnySize, relative, RateGain));
        return new ThroughputModel(rates, paces);
    }

    /// <summary>
    /// A worker's process is a new one. Its machine may have been started anew, or only its network: of its pace the
    /// square root is kept, which is not far off either way.
    /// </summary>
    public ThroughputModel AfterRejoin(string worker) =>
        Paces.TryGetValue(worker, out var pace) ? this with { Paces = Paces.SetItem(worker, Math.Sqrt(pace)) } : this;

    private static double Benchmark(double teraflopsPerSecond) =>
        double.IsNaN(teraflopsPerSecond) ? LeastBenchmark : Math.Clamp(teraflopsPerSecond, LeastBenchmark, LargestBenchmark);

    private LearnedRate After(ThroughputKey key, double seen, double gain) =>
        Rates.GetValueOrDefault(key)?.After(seen, gain) ?? LearnedRate.First(seen);

    private double RateFor(ThroughputKey key, double teraflopsPerSecond)
    {
        var benchmark = Benchmark(teraflopsPerSecond);
        if (Rates.TryGetValue(key, out var rate))
            return rate.IsSettled ? rate.SecondsPerTeraOperation : Doubted(rate, key, benchmark);
        if (Rates.TryGetValue(key.OfAnySize, out rate))
            return rate.SecondsPerTeraOperation;
        return Rates.TryGetValue(key.OfAllWorkers.OfAnySize, out rate)
            ? rate.SecondsPerTeraOperation / benchmark
            : 1 / (benchmark * StageKinds.Of(key.Kind).AssumedEfficiency);
    }

    /// <summary>
    /// A first time that is far above what other workers need may hold a pause of the machine. It must not count in full: the
    /// worker would not be given such a stage again, and nobody would see how fast it is.
    /// </summary>
    private double Doubted(LearnedRate rate, ThroughputKey key, double benchmark) =>
        Rates.TryGetValue(key.OfAllWorkers, out var all) && all.IsSettled
            ? Outliers.Limit(rate.SecondsPerTeraOperation, all.SecondsPerTeraOperation / benchmark)
            : rate.SecondsPerTeraOperation;
}

/// <summary>For what a time was learned.</summary>
/// <param name="Worker">The worker's id; empty for all workers, each relative to its benchmark.</param>
/// <param name="Precision">What it computes in.</param>
/// <param name="Kind">The stage's public name.</param>
/// <param name="Bucket">The bucket of sizes; null for all.</param>
public readonly record struct ThroughputKey(string Worker, string Precision, string Kind, int? Bucket)
{
    /// <summary>For stages of this size on a worker.</summary>
    public static ThroughputKey Exact(string worker, string precision, StageWork work) => new(worker, precision, work.Kind, work.Bucket);

    /// <summary>For stages of this size on whichever worker.</summary>
    public ThroughputKey OfAllWorkers => new("", "", Kind, Bucket);

    /// <summary>For stages of any size.</summary>
    public ThroughputKey OfAnySize => this with { Bucket = null };
}
