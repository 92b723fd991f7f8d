using MlxVideo.Benchmarks.Measuring;

namespace MlxVideo.Benchmarks.Reports;

/// <summary>Time of an operation in the engine, compared with the time of the libtorch calls that it requires.</summary>
/// <param name="Name">The operation.</param>
/// <param name="Dtype">Compute dtype.</param>
/// <param name="Engine">Time in the engine.</param>
/// <param name="Bare">Time of the same matrix products, attentions and convolutions on the same shapes, without the engine.</param>
/// <param name="Goal">Target for the ratio; lower is better.</param>
/// <param name="Parts">Breakdown of the engine time of one separate run, in seconds.</param>
/// <param name="PeakBytes">Peak memory of the engine run above the memory before it; null where memory cannot be measured.</param>
public sealed record Comparison(
    string Name, string Dtype, Timing Engine, Timing Bare, double Goal, IReadOnlyDictionary<string, double> Parts, long? PeakBytes)
{
    /// <summary>The median of the elapsed-time ratios of consecutive runs.</summary>
    public double Ratio => Engine.RatioTo(Bare);

    /// <summary>The median of the processor-time ratios: more reliable with one thread on a busy machine.</summary>
    public double ProcessorRatio => Engine.ProcessorRatioTo(Bare);

    /// <summary>The ratio of the fastest engine run to the fastest run of the bare calls.</summary>
    public double RatioOfFastest => Engine.Fastest / Bare.Fastest;
}
