using MlxVideo.Benchmarks.Measuring;

namespace MlxVideo.Benchmarks.Reports;

/// <summary>Time of a piece of work in the engine beside the time of the libtorch calls that it can't avoid.</summary>
/// <param name="Name">The work.</param>
/// <param name="Dtype">Compute dtype.</param>
/// <param name="Engine">Seconds in the engine.</param>
/// <param name="Bare">Seconds of the same matrix products, attentions and convolutions on the same shapes, alone.</param>
/// <param name="Goal">Largest ratio that is aimed at.</param>
/// <param name="Parts">Where the engine's time went in a run of its own, in seconds.</param>
/// <param name="PeakBytes">Most memory above what was there before the engine's run; null where it can't be measured.</param>
public sealed record Comparison(
    string Name, string Dtype, Timing Engine, Timing Bare, double Goal, IReadOnlyDictionary<string, double> Parts, long? PeakBytes)
{
    /// <summary>The middle of the ratios of runs that followed each other.</summary>
    public double Ratio => Engine.RatioTo(Bare);

    /// <summary>The same of the processor's time: what to look at with one thread on a machine that is busy with other things.</summary>
    public double ProcessorRatio => Engine.ProcessorRatioTo(Bare);

    /// <summary>The ratio of the fastest runs.</summary>
    public double RatioOfFastest => Engine.Fastest / Bare.Fastest;
}
