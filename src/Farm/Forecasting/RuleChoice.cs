using MlxVideo.Farm.Placement;
using MlxVideo.Farm.Policies;

namespace MlxVideo.Farm.Forecasting;

/// <summary>
/// Chooses a placement rule by forecasting several. Among the rules with the least lateness and about the earliest end of the
/// batch, picks the one with the earliest mean completion.
/// </summary>
/// <param name="workers">Number of workers in the farm.</param>
/// <param name="isStrained">True while a worker is far slower than usual: then no makespan is traded for an earlier mean.</param>
/// <param name="now">The wall-clock time, to which deadlines refer.</param>
internal sealed class RuleChoice(OpenWork work, IReadOnlyList<Slot> slots, RemainingWork remaining, int workers,
    bool isStrained, DateTimeOffset now)
{
    // With few clips the tolerance is close to zero: the mean has little to gain, and after a worker fails near the end, no work
    // is left to compensate for it.
    private const int TolerancePower = 6;

    /// <summary>Returns the best rule, the first one of equals; null when no rule finishes any clip.</summary>
    public PlacementRule? Best(IEnumerable<PlacementRule> rules)
    {
        var hasDeadlines = work.Clips.Any(clip => clip.Queued.Clip.Constraints.Deadline is not null);
        var fullness = Math.Min(1, work.Clips.Count / (PolicyConstants.TolerantClipsPerWorker * workers));
        var tolerance = 1 + (isStrained ? 0 : PolicyConstants.MakespanTolerance * Math.Pow(fullness, TolerancePower));
        var earliest = double.PositiveInfinity;
        var outcomes = new List<Outcome>();
        foreach (var rule in rules)
        {
            if (new Forecast(work, slots, remaining, rule, workers)
                .Run(hasDeadlines ? double.PositiveInfinity : earliest * tolerance) is not { Count: > 0 } finished)
                continue;
            var outcome =
                new Outcome(rule, finished.Max(clip => clip.FinishedIn), finished.Average(clip => clip.FinishedIn),
                    finished.Sum(clip => Late(clip.Clip, clip.FinishedIn)));
            earliest = Math.Min(earliest, outcome.Makespan);
            outcomes.Add(outcome);
        }

        if (outcomes.Count == 0)
            return null;
        var leastLate = outcomes.Min(outcome => outcome.Late);
        var punctual = outcomes.Where(outcome => outcome.Late <= leastLate * tolerance).ToList();
        earliest = punctual.Min(outcome => outcome.Makespan);
        return punctual.Where(outcome => outcome.Makespan <= earliest * tolerance).MinBy(outcome => outcome.Mean)!.Rule;
    }

    private double Late(OpenClip clip, double finishedIn) =>
        clip.Queued.Clip.Constraints.Deadline is { } deadline ? Math.Max(0, finishedIn - (deadline - now).TotalSeconds) : 0;

    /// <summary>The forecast outcome of a rule.</summary>
    /// <param name="Makespan">Seconds until all clips are finished.</param>
    /// <param name="Mean">Mean completion time of a clip, in seconds.</param>
    /// <param name="Late">Total seconds by which clips miss their deadlines.</param>
    private sealed record Outcome(PlacementRule Rule, double Makespan, double Mean, double Late);
}
