namespace MlxVideo.Farm.Profiles;

/// <summary>A learned time: the geometric mean of what was seen, the newest counting most.</summary>
/// <param name="SecondsPerTeraOperation">Seconds for 10¹² operations; for all workers, times their benchmark.</param>
/// <param name="Deviation">Mean relative deviation, up to <see cref="LargestDeviation"/>.</param>
/// <param name="Count">Times seen.</param>
public sealed record LearnedRate(double SecondsPerTeraOperation, double Deviation, int Count)
{
    /// <summary>How far off a time may be of which nothing is known.</summary>
    public const double UnknownDeviation = 0.5;

    /// <summary>The largest deviation: a time that is off by more counts as if it were off by as much.</summary>
    public const double LargestDeviation = 1;

    // A time that is shorter by so many times shows that what was seen before it held a pause.
    private const double PauseFactor = 20;

    private const double FirstDeviation = 0.2;
    private const int SettledAfter = 3;

    /// <summary>True once enough was seen to tell an unusual time from a usual one.</summary>
    public bool IsSettled => Count >= SettledAfter;

    /// <summary>What the first time tells.</summary>
    internal static LearnedRate First(double seen) => new(seen, FirstDeviation, 1);

    /// <summary>What is known after another time.</summary>
    /// <param name="seen">The time.</param>
    /// <param name="leastGain">What the newest time counts for at least; each of the first ones counts as much as those before it.</param>
    internal LearnedRate After(double seen, double leastGain)
    {
        var off = Math.Log(seen / SecondsPerTeraOperation);
        var gain = Math.Max(leastGain, 1.0 / (Count + 1));
        var (rate, isCounted) = (SecondsPerTeraOperation * Math.Exp(gain * Outliers.Limit(off)), true);
        if (!IsSettled && seen * PauseFactor < SecondsPerTeraOperation)
            rate = seen; // no machine is faster than it can be
        else if (!IsSettled && off > Outliers.LogFactor)
            // if it stays that slow, the rate is settled when it has come near
            (rate, isCounted) = (SecondsPerTeraOperation * Outliers.CountsAs, false);

        var deviation = Math.Min(LargestDeviation, Math.Abs((seen / SecondsPerTeraOperation) - 1));
        return new LearnedRate(rate, Deviation + (gain * (deviation - Deviation)), isCounted && Count < int.MaxValue ? Count + 1 : Count);
    }
}
