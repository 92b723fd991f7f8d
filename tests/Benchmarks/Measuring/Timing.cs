namespace MlxVideo.Benchmarks.Measuring;

/// <summary>Times of one action, in the order in which they were taken.</summary>
/// <param name="Seconds">By the clock.</param>
/// <param name="ProcessorSeconds">
/// Used by all threads of the process. With one thread this is the time that a machine with nothing else to do would have
/// taken; several threads also use the processor while they wait for each other.
/// </param>
public sealed record Timing(IReadOnlyList<double> Seconds, IReadOnlyList<double> ProcessorSeconds)
{
    /// <summary>The middle one, or the mean of the two in the middle.</summary>
    public double Median => MedianOf(Seconds);

    /// <summary>The shortest: what is least disturbed by other processes.</summary>
    public double Fastest => Seconds.Min();

    /// <summary>The middle of the ratios of runs that followed each other, by the clock.</summary>
    public double RatioTo(Timing other) => MiddleRatio(Seconds, other.Seconds);

    /// <summary>The same of the processor's time.</summary>
    public double ProcessorRatioTo(Timing other) => MiddleRatio(ProcessorSeconds, other.ProcessorSeconds);

    /// <summary>The middle of some values.</summary>
    private static double MedianOf(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToList();
        var middle = sorted.Count / 2;
        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static double MiddleRatio(IReadOnlyList<double> ours, IReadOnlyList<double> theirs) =>
        MedianOf(ours.Zip(theirs, (one, other) => one / other).ToList());
}
