namespace MlxVideo.Farm.Profiles;

/// <summary>A learned time: the geometric mean of the observations, weighted towards the newest.</summary>
/// <param name="SecondsPerTeraOperation">
/// Seconds per 10¹² operations; in rates for all workers, multiplied by the worker's benchmark.
/// </param>
/// <param name="Deviation">Mean relative deviation, up to <see cref="LargestDeviation"/>.</param>
/// <param name="Count">Number of observations.</param>
public sealed record LearnedRate(double SecondsPerTeraOperation, double Deviation, int Count)
{
    /// <summary>Assumed relative deviation of a time without observations.</summary>
    public const double UnknownDeviation = 0.5;

    /// <summary>The largest deviation; larger ones count as this value.</summary>
    public const double LargestDeviation = 1;

    // An observation that is shorter by this factor shows that the earlier ones included a pause.
    private const double PauseFactor = 20;

    private const double FirstDeviation = 0.2;
    private const int SettledAfter = 3;

    /// <summary>True once there are enough observations to recognize an unusual time.</summary>
    public bool IsSettled => Count >= SettledAfter;

    /// <summary>Returns the rate after the first observation.</summary>
    internal static LearnedRate First(double seen) => new(seen, FirstDeviation, 1);

    /// <summary>Returns the rate after another observation.</summary>
    /// <param name="seen">The observed seconds per 10¹² operations.</param>
    /// <param name="leastGain">
    /// Minimum weight of the new observation; each of the first ones weighs as much as each one before it.
    /// </param>
    internal LearnedRate After(double seen, double leastGain)
    {
        var off = Math.Log(seen / SecondsPerTeraOperation);
        var gain = Math.Max(leastGain, 1.0 / (Count + 1));
        var (rate, isCounted) = (SecondsPerTeraOperation * Math.Exp(gain * Outliers.Limit(off)), true);
        if (!IsSettled && seen * PauseFactor < SecondsPerTeraOperation)
            rate = seen; // no machine exceeds its own top speed
        else if (!IsSettled && off > Outliers.LogFactor)
            // if the machine stays that slow, the rate settles once it has come near
            (rate, isCounted) = (SecondsPerTeraOperation * Outliers.CountsAs, false);

        var deviation = Math.Min(LargestDeviation, Math.Abs((seen / SecondsPerTeraOperation) - 1));
        return new LearnedRate(rate, Deviation + (gain * (deviation - Deviation)), isCounted && Count < int.MaxValue ? Count + 1 : Count);
    }
}
