namespace MlxVideo.Benchmarks.Measuring;

/// <summary>Times of one action, in seconds, in the order in which they were taken.</summary>
public sealed record Timing(IReadOnlyList<double> Seconds)
{
    /// <summary>The middle one, or the mean of the two in the middle.</summary>
    public double Median => MedianOf(Seconds);

    /// <summary>The shortest: what is least disturbed by other processes.</summary>
    public double Fastest => Seconds.Min();

    /// <summary>The middle of some values.</summary>
    public static double MedianOf(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToList();
        var middle = sorted.Count / 2;
        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
