using System.Collections.Immutable;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Profiles;

/// <summary>
/// Stage times, learned from steps and results; immutable. The best source for a time is the same worker, precision, kind and
/// size. Otherwise the time is scaled from other sizes, then from other workers, and initially from the worker's benchmark. A
/// worker's pace, which is its current speed relative to its usual one, is kept separately because a throttling Mac throttles in
/// every stage.
/// </summary>
/// <remarks>
/// A time is the product of a rate and a pace, and only the product is observed. All averages are taken over logarithms, which
/// makes noise symmetric: it biases neither factor in the long run. In addition, the pace is bounded, and a rejoining worker
/// keeps only its square root. A key without recent observations is therefore off by at most the pace's bound.
/// </remarks>
public sealed record ThroughputModel(ImmutableDictionary<ThroughputKey, LearnedRate> Rates, ImmutableDictionary<string, double> Paces)
{
    /// <summary>
    /// Bound on the factor by which a worker counts as slower or faster than usual; a larger change becomes its usual time.
    /// </summary>
    public const double LargestPace = 8;

    private const double RateGain = 0.25;
    private const double SlowRateGain = 0.05;
    private const double PaceGain = 0.6;

    // The relative deviation at which a single observation has half the influence on the pace; a rate from few observations is
    // itself uncertain.
    private const double NoisyDeviation = 0.15;
    private const double UncertaintyOfFew = 4;

    // Credible ranges of benchmarks, in 10¹² operations per second, and of rates, in seconds per 10¹² operations.
    private const double MinBenchmark = 1e-6;
    private const double LargestBenchmark = 1e9;
    private const double MinRate = 1e-15;
    private const double LargestRate = 1e15;

    /// <summary>The model before any observation.</summary>
    public static ThroughputModel Empty { get; } =
        new(ImmutableDictionary<ThroughputKey, LearnedRate>.Empty, ImmutableDictionary<string, double>.Empty);

    /// <summary>Returns the factor by which a worker is currently slower than usual.</summary>
    public double PaceOf(string worker) => Paces.GetValueOrDefault(worker, 1);

    /// <summary>Returns the expected seconds of a stage on a worker, excluding model loading and transfers.</summary>
    /// <param name="worker">The worker's id.</param>
    /// <param name="precision">The worker's compute precision.</param>
    /// <param name="teraflopsPerSecond">The worker's benchmark, in 10¹² operations per second.</param>
    public double Seconds(string worker, string precision, double teraflopsPerSecond, StageWork work) =>
        RateFor(ThroughputKey.Exact(worker, precision, work), teraflopsPerSecond) * work.TeraOperations * PaceOf(worker);

    /// <summary>Returns the expected seconds per 10¹² operations of a stage kind, regardless of size.</summary>
    public double SecondsPerTeraOperation(string worker, string precision, double teraflopsPerSecond, string kind) =>
        RateFor(new ThroughputKey(worker, precision, kind, null), teraflopsPerSecond) * PaceOf(worker);

    /// <summary>Returns the relative deviation of a stage's time from the expectation; a guess without observations.</summary>
    public double Deviation(string worker, string precision, StageWork work) =>
        Rates.TryGetValue(ThroughputKey.Exact(worker, precision, work), out var exact) ? exact.Deviation : LearnedRate.UnknownDeviation;

    /// <summary>Learns from the time of a share of a stage: a denoise step, or the whole stage.</summary>
    /// <param name="worker">The worker's id.</param>
    /// <param name="precision">The worker's compute precision.</param>
    /// <param name="teraflopsPerSecond">The worker's benchmark, in 10¹² operations per second.</param>
    /// <param name="share">Share of the stage that the time covers, up to 1.</param>
    /// <param name="seconds">Seconds, excluding loading and transfers.</param>
    public ThroughputModel Learn(string worker, string precision, double teraflopsPerSecond, StageWork work, double share, double seconds)
    {
        var seen = seconds / (share * work.TeraOperations);
        if (!(seconds > 0 && share > 0 && work.TeraOperations > 0 && seen is >= MinRate and <= LargestRate))
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
    /// Returns the model after a worker's process restarted. Its machine may have rebooted, or only its network; keeping the
    /// square root of its pace is reasonably close in both cases.
    /// </summary>
    public ThroughputModel AfterRejoin(string worker) =>
        Paces.TryGetValue(worker, out var pace) ? this with { Paces = Paces.SetItem(worker, Math.Sqrt(pace)) } : this;

    /// <summary>Returns the model without what was learned of one worker alone.</summary>
    public ThroughputModel Without(string worker) =>
        new(Rates.RemoveRange(Rates.Keys.Where(key => key.Worker == worker)), Paces.Remove(worker));

    private static double Benchmark(double teraflopsPerSecond) =>
        double.IsNaN(teraflopsPerSecond) ? MinBenchmark : Math.Clamp(teraflopsPerSecond, MinBenchmark, LargestBenchmark);

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
    /// Returns the rate, limited when it is a first time far above that of other workers, which may include a pause of the
    /// machine. If it counted in full, the worker would not get such a stage again and its true speed would never be observed.
    /// </summary>
    private double Doubted(LearnedRate rate, ThroughputKey key, double benchmark) =>
        Rates.TryGetValue(key.OfAllWorkers, out var all) && all.IsSettled
            ? Outliers.Limit(rate.SecondsPerTeraOperation, all.SecondsPerTeraOperation / benchmark)
            : rate.SecondsPerTeraOperation;
}

/// <summary>The key of a learned rate.</summary>
/// <param name="Worker">The worker's id; empty for all workers, each relative to its benchmark.</param>
/// <param name="Precision">The worker's compute precision.</param>
/// <param name="Kind">Public name of the stage kind.</param>
/// <param name="Bucket">The size bucket; null for all sizes.</param>
public readonly record struct ThroughputKey(string Worker, string Precision, string Kind, int? Bucket)
{
    /// <summary>Returns the key for stages of this size on a worker.</summary>
    public static ThroughputKey Exact(string worker, string precision, StageWork work) => new(worker, precision, work.Kind, work.Bucket);

    /// <summary>The key for stages of this size on any worker.</summary>
    public ThroughputKey OfAllWorkers => new("", "", Kind, Bucket);

    /// <summary>The key for stages of any size.</summary>
    public ThroughputKey OfAnySize => this with { Bucket = null };
}
