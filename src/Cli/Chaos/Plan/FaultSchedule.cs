namespace MlxVideo.Cli.Chaos.Plan;

/// <summary>
/// The faults of a run. Faults of a kind form a Poisson process with its own random numbers: a schedule restricted to some kinds contains
/// exactly the faults of these kinds in the complete schedule.
/// </summary>
public static class FaultSchedule
{
    private const int SeedsPerRun = 1000;

    /// <summary>Share of the duration by which the first fault of each kind occurs, if it fits into the duration at all.</summary>
    private const double FirstFaultShare = 0.6;

    /// <summary>Time for the first batch to begin.</summary>
    private static readonly TimeSpan QuietStart = TimeSpan.FromSeconds(3);

    /// <summary>Returns the faults in order of time; all of them end within the duration.</summary>
    /// <param name="seed">Equal seeds give equal schedules.</param>
    /// <param name="workers">Number of workers.</param>
    /// <param name="kinds">The kinds to schedule.</param>
    public static IReadOnlyList<Fault> Create(int seed, TimeSpan duration, int workers, IEnumerable<FaultKind> kinds) => kinds
        .Distinct().SelectMany(kind => OfKind(kind, new Random(unchecked((seed * SeedsPerRun) + (int)kind)), duration, workers))
        .OrderBy(fault => fault.At).ThenBy(fault => fault.Kind).ToList();

    private static IEnumerable<Fault> OfKind(FaultKind kind, Random random, TimeSpan duration, int workers)
    {
        var rate = FaultRate.Of(kind);
        var firstWithin = TimeSpan.FromTicks(Math.Min(rate.MeanInterval.Ticks, (long)(duration.Ticks * FirstFaultShare)));
        for (var at = QuietStart + (firstWithin * random.NextDouble()); ; at += rate.MeanInterval * -Math.Log(1 - random.NextDouble()))
        {
            var lasts = rate.MinDuration + ((rate.MaxDuration - rate.MinDuration) * random.NextDouble());
            var fault = new Fault(at, kind, random.Next(workers), lasts, random.Next());
            if (fault.At + fault.Duration > duration)
                yield break;
            yield return fault;
        }
    }
}
