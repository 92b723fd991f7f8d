using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Placement;

/// <summary>How long things take, by what is known now.</summary>
/// <param name="view">The farm.</param>
/// <param name="options">The policy's numbers.</param>
/// <param name="now">The time.</param>
internal sealed class Estimator(FarmSnapshot view, SchedulingOptions options, DateTimeOffset now)
{
    /// <summary>Whether a worker may and can run a stage of a clip at all.</summary>
    public bool CanRun(Slot slot, QueuedClip clip, StageWork work)
    {
        if (clip.Batch.Binding != slot.Worker.Binding)
            return false;
        if (clip.Clip.Constraints.Tag is { } tag && !slot.Worker.Capabilities.Tags.Contains(tag))
            return false;
        return work.Component is { } component && HasRoom(slot, component, work.ActivationElements);
    }

    /// <summary>Whether such a stage ran out of memory on a worker lately: others get it while there are any that can run it.</summary>
    public bool IsTooLarge(Slot slot, StageWork work) =>
        slot.Known.TooLarge.TryGetValue(work.Kind, out var limit) && limit.Holds(work, now);

    /// <summary>Weights and activations together leave the reserve of the working set free.</summary>
    public bool HasRoom(Slot slot, ModelComponent component, double activationElements)
    {
        var capabilities = slot.Worker.Capabilities;
        return capabilities.LeastBytesOf(component) is { } least
            && least + (activationElements * capabilities.BytesPerElement) <= capabilities.MemoryBytes * (1 - options.MemoryReserve);
    }

    /// <summary>Seconds to compute a stage.</summary>
    public double RunSeconds(Slot slot, StageWork work) =>
        view.Profiles.Speeds.Seconds(slot.Worker.Id, slot.Worker.Capabilities.Precision, slot.Worker.Capabilities.TeraflopsPerSecond, work);

    /// <summary>Seconds for 10¹² operations of a kind of stage, of whatever size; null when the worker lacks the part for it.</summary>
    public double? SecondsPerTeraOperation(Slot slot, string kind)
    {
        var component = StageKinds.Of(kind).Component;
        return component is null || slot.Worker.Capabilities.LeastBytesOf(component.Value) is not { } least
            || least > slot.Worker.Capabilities.MemoryBytes
            ? null
            : view.Profiles.Speeds.SecondsPerTeraOperation(
                slot.Worker.Id, slot.Worker.Capabilities.Precision, slot.Worker.Capabilities.TeraflopsPerSecond, kind);
    }

    /// <summary>How far a worker's times of such stages were off, relatively.</summary>
    public double Deviation(Slot slot, StageWork work) =>
        view.Profiles.Speeds.Deviation(slot.Worker.Id, slot.Worker.Capabilities.Precision, work);

    /// <summary>Seconds that a live attempt still needs.</summary>
    public double RemainingSeconds(Slot slot, AttemptAddress attempt)
    {
        if (view.State.ClipOf(attempt.Stage) is not { } clip || clip.Stages[attempt.Stage.StageId].Find(attempt.Number) is not { } live)
            return 0;
        var work = clip.Work[attempt.Stage.StageId];
        var run = RunSeconds(slot, work);
        var send = work.OutputBytes / slot.LinkBytesPerSecond;
        if (!view.Profiles.Steps.TryGetValue(attempt, out var steps))
        {
            // It fetches and loads, or computes its first step: what it needs in all, less the time since it was given.
            var all = run + send + (work.Component is { } component ? slot.LoadSeconds(component) : 0);
            return Overdue(all, (now - live.StartedAt).TotalSeconds, run);
        }

        var alone = run / steps.Steps;
        var next = StepSeconds(slot, live, work, alone);
        var running = steps is { IsShared: true, IsMixed: false } ? next : alone;
        return StepsLeft(steps.Steps - steps.Step, running, next, (now - steps.At).TotalSeconds) + send;
    }

    /// <summary>Seconds of one evaluation of an attempt's steps: before its end a helper does not stop.</summary>
    public double EvaluationSeconds(Slot slot, AttemptAddress attempt) =>
        view.State.ClipOf(attempt.Stage)?.Work[attempt.Stage.StageId] is { } work
            ? RunSeconds(slot, work) / work.Steps / work.Evaluations
            : 0;

    /// <summary>Seconds of a step of a live attempt: fewer while a worker helps.</summary>
    private double StepSeconds(Slot slot, LiveAttempt live, StageWork work, double alone)
    {
        if (live.Helper is not { IsReady: true } helper || !view.State.Workers.TryGetValue(helper.Worker, out var other))
            return alone;
        var theirs =
            view.Profiles.Speeds.Seconds(other.Id, other.Capabilities.Precision, other.Capabilities.TeraflopsPerSecond, work) / work.Steps;
        return SharedStep.Seconds(
            work, helper.Evaluations, new(alone, slot.LinkBytesPerSecond), new(theirs, view.Profiles.Of(other).LinkBytesPerSecond));
    }

    /// <summary>Seconds of the steps that are left. Those after a step that is late are taken to be as slow as it.</summary>
    private static double StepsLeft(int left, double running, double next, double elapsed)
    {
        var late = elapsed - running;
        return late <= 0
            ? running - elapsed + ((left - 1) * next)
            : Math.Max(late, 0.1 * running) + ((left - 1) * next * (elapsed + late) / running);
    }

    /// <summary>What is left when something late goes on: it is taken to need as long again as it is late.</summary>
    private static double Overdue(double expected, double elapsed, double step) =>
        elapsed < expected ? expected - elapsed : Math.Max(elapsed - expected, 0.1 * step);
}
