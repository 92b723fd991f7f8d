using MlxVideo.Farm.Placement;
using MlxVideo.Farm.Policies;

namespace MlxVideo.Farm.Forecasting;

/// <summary>
/// Chooses how stages are placed by trying several rules ahead: of those that keep deadlines best and end the batch about
/// earliest, the one by which clips are finished earliest in the mean.
/// </summary>
/// <param name="work">What is left.</param>
/// <param name="slots">The workers.</param>
/// <param name="remaining">How long it takes.</param>
/// <param name="workers">Workers of the farm.</param>
/// <param name="isStrained">True while a worker is far slower than it usually is: then nothing is given of the makespan.</param>
/// <param name="now">The time of day: deadlines go by it.</param>
internal sealed class RuleChoice(OpenWork work, IReadOnlyList<Slot> slots, RemainingWork remaining, int workers,
    bool isStrained, DateTimeOffset now)
{
    // Few clips are worth next to nothing of the makespan: the mean has little to gain, and where a worker fails near the end nothing is
    // left to make up for it.
    private const int TolerancePower = 6;

    /// <summary>The best rule, of several the first; null when no clip would be finished by any.</summary>
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

    /// <summary>What a rule comes to.</summary>
    /// <param name="Rule">The rule.</param>
    /// <param name="Makespan">Seconds until all clips are finished.</param>
    /// <param name="Mean">Mean seconds until a clip is finished.</param>
    /// <param name="Late">Seconds by which clips miss their deadlines, together.</param>
    private sealed record Outcome(PlacementRule Rule, double Makespan, double Mean, double Late);
}
