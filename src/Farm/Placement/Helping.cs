using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Farm.Placement;

/// <summary>
/// Workers for which nothing is left compute passes of guided steps for others, where the exchange is cheap against the step.
/// A helper counts as free: it is taken back for any task.
/// </summary>
internal sealed class Helping(
    FarmSnapshot view, IReadOnlyList<Slot> slots, Estimator estimator, Candidates candidates, SchedulingOptions options)
{
    /// <summary>Whom free workers help: the attempts that gain most first, one helper each.</summary>
    /// <param name="given">Tasks that the decision gives to workers, or takes from them.</param>
    /// <param name="busy">Ids of workers that it gives something else to do.</param>
    public IReadOnlyList<HelpAssignment> Choose(IReadOnlySet<TaskAddress> given, IReadOnlySet<string> busy)
    {
        var free = slots.Where(slot => slot is { IsIdle: true, FreeIn: <= 0, Worker.Helps: null } && !busy.Contains(slot.Worker.Id))
            .ToList();
        if (free.Count == 0)
            return [];
        var owners = from slot in slots
                     where slot.Worker.Current is not null && !given.Contains(slot.Worker.Current.Address.Task)
                     let queued = candidates.ClipOf(slot.Worker.Current!.Address.Task)
                     where queued is not null && IsOpenToHelp(slot, queued)
                     orderby slot.FreeIn descending
                     select (Slot: slot, Queued: queued);
        var pairs = from owner in owners.Take(options.HelpersLookedAt)
                    from helper in free.Where(helper => CanHelp(owner.Slot, owner.Queued, helper)).Take(options.HelpersLookedAt)
                    let gain = Gain(owner.Slot, owner.Queued, helper)
                    where gain.Seconds > 0
                    orderby gain.Seconds descending, helper.Index
                    select (Owner: owner.Slot, Helper: helper, gain.Passes);
        var chosen = new List<HelpAssignment>();
        foreach (var (owner, helper, passes) in pairs.ToList())
        {
            var attempt = owner.Worker.Current!.Address;
            if (chosen.All(help => help.Attempt != attempt && help.Worker != helper.Worker.Id))
                chosen.Add(new HelpAssignment(attempt, helper.Worker.Id, passes));
        }

        return chosen;
    }

    /// <summary>
    /// Seconds that a worker's attempt would be over earlier if another helped; 0 where it can't be helped, or it is not worth it.
    /// </summary>
    public double SecondsSaved(Slot owner, QueuedClip queued, Slot helper) =>
        IsOpenToHelp(owner, queued) && CanHelp(owner, queued, helper) ? Gain(owner, queued, helper).Seconds : 0;

    /// <summary>A guided task that is being computed, by one worker alone.</summary>
    private bool IsOpenToHelp(Slot slot, QueuedClip queued)
    {
        var attempt = slot.Worker.Current!.Address;
        var stage = queued.Clip.Stages[attempt.Task.Stage];
        return queued.Clip.Work[attempt.Task.Stage].Passes > 1 && stage.Running is [{ Helper: null }]
            && view.Profiles.Steps.ContainsKey(attempt);
    }

    /// <summary>Whether a worker can compute passes of an attempt to its end, in the same way, so that the bits are the same.</summary>
    private bool CanHelp(Slot owner, QueuedClip queued, Slot helper)
    {
        var task = owner.Worker.Current!.Address.Task;
        var work = queued.Clip.Work[task.Stage];
        return owner.Worker.Capabilities.Arithmetic == helper.Worker.Capabilities.Arithmetic
            && owner.FreeIn <= helper.HoursLeft && !queued.Clip.Stages[task.Stage].HelpFailedOn.Contains(helper.Worker.Id)
            && estimator.CanRun(helper, queued, work) && !estimator.IsTooLarge(helper, work)
            && !helper.Resident.EvictedBy(work.Part!.Value, helper.Worker.Capabilities).Any();
    }

    /// <summary>Seconds that the attempt is over earlier with a helper, and by how many passes; none where help is not worth it.</summary>
    private (double Seconds, int Passes) Gain(Slot owner, QueuedClip queued, Slot helper)
    {
        var attempt = owner.Worker.Current!.Address;
        var (work, steps) = (queued.Clip.Work[attempt.Task.Stage], view.Profiles.Steps[attempt]);
        var own = new StepSpeed(estimator.RunSeconds(owner, work) / work.Steps, owner.LinkBytesPerSecond);
        var other = new StepSpeed(estimator.RunSeconds(helper, work) / work.Steps, helper.LinkBytesPerSecond);
        var inputs = candidates.Of(queued, queued.Clip.Task(attempt.Task.Stage)).FetchSeconds(helper);
        var stepsLeft = steps.Steps - steps.Step - 1 - ((helper.LoadSeconds(work.Part!.Value) + inputs) / own.Seconds);
        var best = Enumerable.Range(1, work.Passes - 1)
            .Where(passes => SharedStep.ExchangeSeconds(work, passes, own, other) <= options.HelpExchangeShare * own.Seconds)
            .Select(passes => (Seconds: own.Seconds - SharedStep.Seconds(work, passes, own, other), Passes: passes))
            .DefaultIfEmpty().MaxBy(choice => choice.Seconds);
        return best.Seconds >= options.HelpGain * own.Seconds ? (stepsLeft * best.Seconds, best.Passes) : default;
    }
}
