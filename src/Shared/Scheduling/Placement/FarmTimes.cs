using MlxVideo.Shared.Farm;

namespace MlxVideo.Shared.Scheduling.Placement;

/// <summary>Times of kinds and sizes of tasks over all workers; each is computed once.</summary>
internal sealed class FarmTimes(IReadOnlyList<Slot> slots, Estimator estimator)
{
    private readonly Dictionary<(string Kind, double Teraflops, string? Model, string? Tag), TaskTime> _times = [];

    /// <summary>The times of a task.</summary>
    public TaskTime Of(Candidate candidate)
    {
        var key = (candidate.Work.Kind, candidate.Work.Teraflops, candidate.Batch.Model, candidate.Clip.Wishes.Tag);
        if (!_times.TryGetValue(key, out var time))
            _times.Add(key, time = Measure(candidate));
        return time;
    }

    private TaskTime Measure(Candidate candidate)
    {
        double best = double.MaxValue, rate = 0, deviation = 0;
        foreach (var slot in slots.Where(slot => estimator.Fits(slot, candidate)))
        {
            var seconds = Math.Max(1e-6, estimator.RunSeconds(slot, candidate.Work));
            best = Math.Min(best, seconds);
            rate += 1 / seconds;
            deviation = Math.Max(deviation, estimator.Deviation(slot, candidate.Work));
        }

        return new TaskTime(best, rate > 0 ? 1 / rate : 0, deviation);
    }
}

/// <summary>How long a task takes.</summary>
/// <param name="Best">Seconds on the worker that is best at it; the largest number when none can run it.</param>
/// <param name="Shared">Seconds that it would take all workers together.</param>
/// <param name="Deviation">How far times were off, relatively.</param>
internal sealed record TaskTime(double Best, double Shared, double Deviation);
