using MlxVideo.Farm.State;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Placement;

/// <summary>Stage times by kind and size on all workers; each is computed only once.</summary>
internal sealed class FarmTimes(IReadOnlyList<Slot> slots, Estimator estimator)
{
    private readonly Dictionary<
        (string Kind, double TeraOperations, double Elements, double OutputBytes, ModelBinding? Binding, string? Tag),
        StageTime> _times = [];

    /// <summary>Returns the times of a clip's stage.</summary>
    public StageTime Of(QueuedClip clip, StageWork work)
    {
        var key =
            (work.Kind, work.TeraOperations, work.ActivationElements, work.OutputBytes, clip.Binding, clip.Clip.Constraints.Tag);
        if (!_times.TryGetValue(key, out var time))
        {
            var seconds = Seconds(slot => estimator.CanRun(slot, clip, work) && !estimator.IsTooLarge(slot, work));
            if (!seconds.Any(double.IsFinite))
                // earlier failures must not block a stage that has no other worker left
                seconds = Seconds(slot => estimator.CanRun(slot, clip, work));
            _times.Add(key, time = new StageTime(seconds, slots.Select(slot => estimator.Deviation(slot, work)).DefaultIfEmpty(0).Max()));
        }

        return time;

        double[] Seconds(Func<Slot, bool> canRun) =>
            [.. slots.Select(slot => canRun(slot)
                ? estimator.RunSeconds(slot, work) + (work.OutputBytes / slot.LinkBytesPerSecond)
                : double.PositiveInfinity)];
    }
}

/// <summary>Times of stages of one size.</summary>
/// <param name="seconds">Seconds to compute and send, by slot index; infinite on a worker that can't run it.</param>
/// <param name="deviation">Relative deviation of the times.</param>
internal sealed class StageTime(double[] seconds, double deviation)
{
    /// <summary>Returns the seconds to compute and send; infinite on a worker that can't run it.</summary>
    public double SecondsOn(Slot slot) => seconds[slot.Index];

    /// <summary>Relative deviation of the times.</summary>
    public double Deviation => deviation;

    /// <summary>Seconds on the fastest worker; infinite when none can run it.</summary>
    public double Best { get; } = seconds.DefaultIfEmpty(double.PositiveInfinity).Min();

    /// <summary>Seconds that all workers together would need; 0 when none can run it.</summary>
    public double Shared { get; } = seconds.Any(double.IsFinite) ? 1 / seconds.Sum(each => 1 / Math.Max(1e-6, each)) : 0;

    /// <summary>True when a worker can run it.</summary>
    public bool CanRun(Slot slot) => double.IsFinite(SecondsOn(slot));
}
