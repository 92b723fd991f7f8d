using MlxVideo.Farm.State;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Placement;

/// <summary>Times of kinds and sizes of stages on all workers; each is computed once.</summary>
internal sealed class FarmTimes(IReadOnlyList<Slot> slots, Estimator estimator)
{
    private readonly Dictionary<
        (string Kind, double TeraOperations, double Elements, double OutputBytes, ModelBinding? Binding, string? Tag),
        StageTime> _times = [];

    /// <summary>The times of a stage of a clip.</summary>
    public StageTime Of(QueuedClip clip, StageWork work)
    {
        var key =
            (work.Kind, work.TeraOperations, work.ActivationElements, work.OutputBytes, clip.Batch.Binding, clip.Clip.Constraints.Tag);
        if (!_times.TryGetValue(key, out var time))
        {
            var seconds = Seconds(slot => estimator.CanRun(slot, clip, work) && !estimator.IsTooLarge(slot, work));
            if (!seconds.Any(double.IsFinite))
                // a stage for which no worker is left is not kept waiting by others' failures
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

/// <summary>How long stages of a size take.</summary>
/// <param name="seconds">Seconds to compute and send, by the slot's index; infinite where it can't run.</param>
/// <param name="deviation">How far times were off, relatively.</param>
internal sealed class StageTime(double[] seconds, double deviation)
{
    /// <summary>Seconds to compute and send; infinite where it can't run.</summary>
    public double SecondsOn(Slot slot) => seconds[slot.Index];

    /// <summary>How far times were off, relatively.</summary>
    public double Deviation => deviation;

    /// <summary>Seconds on the worker that is best at it; infinite when none can run it.</summary>
    public double Best { get; } = seconds.DefaultIfEmpty(double.PositiveInfinity).Min();

    /// <summary>Seconds that it would take all workers together.</summary>
    public double Shared { get; } = seconds.Any(double.IsFinite) ? 1 / seconds.Sum(each => 1 / Math.Max(1e-6, each)) : 0;

    /// <summary>Whether a worker can run it at all.</summary>
    public bool CanRun(Slot slot) => double.IsFinite(SecondsOn(slot));
}
