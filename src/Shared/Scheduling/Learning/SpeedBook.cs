using System.Collections.Immutable;
using MlxVideo.Shared.Scheduling.Work;

namespace MlxVideo.Shared.Scheduling.Learning;

/// <summary>
/// How long tasks take, learned from steps and results; immutable. A time is known best for the same worker, precision,
/// kind and size; else it is scaled from other sizes, from other workers, and at first from the worker's benchmark. How
/// fast a worker is just now, against what it usually is, is kept apart: a Mac that throttles does so in every stage.
/// </summary>
public sealed record SpeedBook(ImmutableDictionary<SpeedKey, LearnedRate> Rates, ImmutableDictionary<string, double> Paces)
{
    private const double RateGain = 0.25;
    private const double SlowRateGain = 0.05;
    private const double PaceGain = 0.6;
    private const int SettledAfter = 3;

    // What share of its benchmark a machine reaches in a stage, until it was seen: convolutions and short tasks reach less.
    private static readonly ImmutableDictionary<string, double> PriorEfficiency = new Dictionary<string, double>
    {
        ["encode-prompt"] = 0.5,
        ["encode-conditioning"] = 0.35,
        ["denoise"] = 0.7,
        ["upsample"] = 0.4,
        ["decode-video"] = 0.35,
        ["decode-audio"] = 0.2,
        ["mux"] = 0.1,
    }.ToImmutableDictionary();

    /// <summary>Nothing learned yet.</summary>
    public static SpeedBook Empty { get; } = new(ImmutableDictionary<SpeedKey, LearnedRate>.Empty, ImmutableDictionary<string, double>.Empty);

    /// <summary>How many times slower a worker is just now than it usually is.</summary>
    public double PaceOf(string worker) => Paces.GetValueOrDefault(worker, 1);

    /// <summary>Expected seconds of a task on a worker, model loading and transfers excluded.</summary>
    /// <param name="worker">Its id.</param>
    /// <param name="precision">What it computes in.</param>
    /// <param name="teraflops">Its benchmark: 10¹² operations a second.</param>
    /// <param name="work">The task.</param>
    public double Seconds(string worker, string precision, double teraflops, TaskWork work) =>
        RateFor(SpeedKey.Exact(worker, precision, work), teraflops) * work.Teraflops * PaceOf(worker);

    /// <summary>Expected seconds of 10¹² operations of a kind of stage, of whatever size.</summary>
    public double SecondsPerTeraflop(string worker, string precision, double teraflops, string kind) =>
        RateFor(new SpeedKey(worker, precision, kind, null), teraflops) * PaceOf(worker);

    /// <summary>Relative deviation of a task's time from what is expected; a guess while nothing was seen.</summary>
    public double Deviation(string worker, string precision, TaskWork work) =>
        Rates.TryGetValue(SpeedKey.Exact(worker, precision, work), out var exact) ? exact.Deviation : LearnedRate.UnknownDeviation;

    /// <summary>Learns from seconds that a share of a task took: a denoise step, or all of it.</summary>
    /// <param name="worker">The worker's id.</param>
    /// <param name="precision">What it computes in.</param>
    /// <param name="teraflops">Its benchmark.</param>
    /// <param name="work">The task.</param>
    /// <param name="share">How much of the task the seconds were for, up to 1.</param>
    /// <param name="seconds">Seconds, loading and transfers excluded.</param>
    public SpeedBook Learn(string worker, string precision, double teraflops, TaskWork work, double share, double seconds)
    {
        if (seconds <= 0 || share <= 0 || work.Teraflops <= 0)
            return this;
        var pace = PaceOf(worker);
        var seen = seconds / (share * work.Teraflops);
        var exact = SpeedKey.Exact(worker, precision, work);
        var paces = Paces;
        if (Rates.TryGetValue(exact, out var known) && known.Count >= SettledAfter)
        {
            pace *= Math.Pow(seen / (known.SecondsPerTeraflop * pace), PaceGain);
            paces = paces.SetItem(worker, pace);
        }

        var usual = seen / pace;
        var gain = known is { Count: >= SettledAfter } ? SlowRateGain : RateGain;
        var rates = Rates
            .SetItem(exact, LearnedRate.After(known, usual, gain))
            .SetItem(exact.OfAnySize, LearnedRate.After(Rates.GetValueOrDefault(exact.OfAnySize), usual, RateGain))
            .SetItem(exact.OfAllWorkers, LearnedRate.After(Rates.GetValueOrDefault(exact.OfAllWorkers), usual * teraflops, RateGain));
        return new SpeedBook(rates, paces);
    }

    /// <summary>Forgets how a worker is just now: its process is a new one.</summary>
    public SpeedBook ForgetPace(string worker) => this with { Paces = Paces.Remove(worker) };

    private double RateFor(SpeedKey key, double teraflops)
    {
        if (Rates.TryGetValue(key, out var rate) || Rates.TryGetValue(key.OfAnySize, out rate))
            return rate.SecondsPerTeraflop;
        var benchmark = Math.Max(teraflops, 1e-6);
        return Rates.TryGetValue(key.OfAllWorkers, out rate)
            ? rate.SecondsPerTeraflop / benchmark
            : 1 / (benchmark * PriorEfficiency[key.Kind]);
    }
}

/// <summary>For what a time was learned.</summary>
/// <param name="Worker">The worker's id; empty for all workers, each relative to its benchmark.</param>
/// <param name="Precision">What it computes in.</param>
/// <param name="Kind">The stage's public name.</param>
/// <param name="Bucket">The bucket of sizes; null for all.</param>
public readonly record struct SpeedKey(string Worker, string Precision, string Kind, int? Bucket)
{
    /// <summary>For tasks of this size on a worker.</summary>
    public static SpeedKey Exact(string worker, string precision, TaskWork work) => new(worker, precision, work.Kind, work.Bucket);

    /// <summary>For tasks of the kind on whichever worker.</summary>
    public SpeedKey OfAllWorkers => new("", "", Kind, null);

    /// <summary>For tasks of any size.</summary>
    public SpeedKey OfAnySize => this with { Bucket = null };
}

/// <summary>A learned time.</summary>
/// <param name="SecondsPerTeraflop">Seconds for 10¹² operations; for all workers, times their benchmark.</param>
/// <param name="Deviation">Mean relative deviation.</param>
/// <param name="Count">Times seen.</param>
public sealed record LearnedRate(double SecondsPerTeraflop, double Deviation, int Count)
{
    /// <summary>How far off a time may be of which nothing is known.</summary>
    public const double UnknownDeviation = 0.5;

    private const double FirstDeviation = 0.2;

    internal static LearnedRate After(LearnedRate? known, double seen, double gain)
    {
        if (known is null)
            return new LearnedRate(seen, FirstDeviation, 1);
        var rate = known.SecondsPerTeraflop + (gain * (seen - known.SecondsPerTeraflop));
        var off = Math.Abs((seen / known.SecondsPerTeraflop) - 1);
        return new LearnedRate(rate, known.Deviation + (gain * (off - known.Deviation)), known.Count + 1);
    }
}
