namespace MlxVideo.Benchmarks.Measuring;

/// <summary>Times of one action, in order of measurement.</summary>
/// <param name="Seconds">Elapsed time.</param>
/// <param name="ProcessorSeconds">
/// Processor time of all threads of the process. With one thread this equals the elapsed time on an idle machine; several
/// threads also use processor time while they wait for each other.
/// </param>
public sealed record Timing(IReadOnlyList<double> Seconds, IReadOnlyList<double> ProcessorSeconds)
{
    /// <summary>The median elapsed time in seconds.</summary>
    public double Median => MedianOf(Seconds);

    /// <summary>The shortest elapsed time, which is least affected by other processes.</summary>
    public double Fastest => Seconds.Min();

    /// <summary>Returns the median of the elapsed-time ratios of consecutive runs.</summary>
    public double RatioTo(Timing other) => MiddleRatio(Seconds, other.Seconds);

    /// <summary>Returns the median of the processor-time ratios of consecutive runs.</summary>
    public double ProcessorRatioTo(Timing other) => MiddleRatio(ProcessorSeconds, other.ProcessorSeconds);

    /// <summary>The middle value, or the mean of the two middle values.</summary>
    private static double MedianOf(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToList();
        var middle = sorted.Count / 2;
        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static double MiddleRatio(IReadOnlyList<double> ours, IReadOnlyList<double> theirs) =>
        MedianOf(ours.Zip(theirs, (one, other) => one / other).ToList());
}
