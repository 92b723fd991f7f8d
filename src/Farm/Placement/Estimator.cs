using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Placement;

/// <summary>Estimates durations from the current state and worker profiles.</summary>
internal sealed class Estimator(FarmSnapshot view, SchedulingOptions options, DateTimeOffset now)
{
    /// <summary>True when a worker may and can run a stage of a clip.</summary>
    public bool CanRun(Slot slot, QueuedClip clip, StageWork work)
    {
        if (clip.Binding != slot.Worker.Binding)
            return false;
        if (clip.Clip.Constraints.Tag is { } tag && !slot.Worker.Capabilities.Tags.Contains(tag))
            return false;
        return work.Component is { } component && HasRoom(slot, component, work.ActivationElements);
    }

    /// <summary>
    /// True when such a stage recently ran out of memory on a worker; it goes to other workers as long as any can run it.
    /// </summary>
    public bool IsTooLarge(Slot slot, StageWork work) =>
        slot.Profile.TooLarge.TryGetValue(work.Kind, out var limit) && limit.Holds(work, now);

    /// <summary>True when weights and activations together leave the memory reserve of the working set free.</summary>
    public bool HasRoom(Slot slot, ModelComponent component, double activationElements)
    {
        var capabilities = slot.Worker.Capabilities;
        return capabilities.MinBytesOf(component) is { } least
            && least + (activationElements * capabilities.BytesPerElement) <= capabilities.MemoryBytes * (1 - options.MemoryReserve);
    }

    /// <summary>Returns the seconds to compute a stage.</summary>
    public double RunSeconds(Slot slot, StageWork work) =>
        view.Profiles.Speeds.Seconds(slot.Worker.Id, slot.Worker.Capabilities.Precision, slot.Worker.Capabilities.TeraflopsPerSecond, work);

    /// <summary>
    /// Returns the seconds per 10¹² operations of a stage kind, regardless of size; null when the worker lacks the component.
    /// </summary>
    public double? SecondsPerTeraOperation(Slot slot, string kind)
    {
        var component = StageKinds.Of(kind).Component;
        return component is null || slot.Worker.Capabilities.MinBytesOf(component.Value) is not { } least
            || least > slot.Worker.Capabilities.MemoryBytes
            ? null
            : view.Profiles.Speeds.SecondsPerTeraOperation(
                slot.Worker.Id, slot.Worker.Capabilities.Precision, slot.Worker.Capabilities.TeraflopsPerSecond, kind);
    }

    /// <summary>Returns the relative deviation of a worker's times for such stages.</summary>
    public double Deviation(Slot slot, StageWork work) =>
        view.Profiles.Speeds.Deviation(slot.Worker.Id, slot.Worker.Capabilities.Precision, work);

    /// <summary>Returns the remaining seconds of a live attempt.</summary>
    public double RemainingSeconds(Slot slot, AttemptAddress attempt)
    {
        if (view.State.ClipOf(attempt.Stage) is not { } clip || clip.Stages[attempt.Stage.StageId].Find(attempt.Number) is not { } live)
            return 0;
        var work = clip.Work[attempt.Stage.StageId];
        var run = RunSeconds(slot, work);
        var send = work.OutputBytes / slot.LinkBytesPerSecond;
        if (!view.Profiles.Steps.TryGetValue(attempt, out var steps))
        {
            // It is fetching, loading or computing its first step: the total time minus the time since the assignment.
            var all = run + send + (work.Component is { } component ? slot.LoadSeconds(component) : 0);
            return Overdue(all, (now - live.StartedAt).TotalSeconds, run);
        }

        var alone = run / steps.Steps;
        var next = StepSeconds(slot, live, work, alone);
        var running = steps is { IsShared: true, IsMixed: false } ? next : alone;
        return StepsLeft(steps.Steps - steps.Step, running, next, (now - steps.At).TotalSeconds) + send;
    }

    /// <summary>Returns the seconds of one evaluation in an attempt's steps; a helper can't stop before the evaluation ends.</summary>
    public double EvaluationSeconds(Slot slot, AttemptAddress attempt) =>
        view.State.ClipOf(attempt.Stage)?.Work[attempt.Stage.StageId] is { } work
            ? RunSeconds(slot, work) / work.Steps / work.Evaluations
            : 0;

    /// <summary>Returns the seconds of a step of a live attempt; fewer with a helper.</summary>
    private double StepSeconds(Slot slot, LiveAttempt live, StageWork work, double alone)
    {
        if (live.Helper is not { IsReady: true } helper || !view.State.Workers.TryGetValue(helper.Worker, out var other))
            return alone;
        var theirs =
            view.Profiles.Speeds.Seconds(other.Id, other.Capabilities.Precision, other.Capabilities.TeraflopsPerSecond, work) / work.Steps;
        return SharedStep.Seconds(
            work, helper.Evaluations, new(alone, slot.LinkBytesPerSecond), new(theirs, view.Profiles.Of(other).LinkBytesPerSecond));
    }

    /// <summary>Returns the seconds of the remaining steps. Steps after a late one are assumed to be equally slow.</summary>
    private static double StepsLeft(int left, double running, double next, double elapsed)
    {
        var late = elapsed - running;
        return late <= 0
            ? running - elapsed + ((left - 1) * next)
            : Math.Max(late, 0.1 * running) + ((left - 1) * next * (elapsed + late) / running);
    }

    /// <summary>Returns the remaining seconds; anything late is assumed to need as much more time as it is already late.</summary>
    private static double Overdue(double expected, double elapsed, double step) =>
        elapsed < expected ? expected - elapsed : Math.Max(elapsed - expected, 0.1 * step);
}
