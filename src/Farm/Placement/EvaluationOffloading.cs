using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Farm.Placement;

/// <summary>
/// Offloads evaluations of guided steps to workers without other work, if the exchange is cheap relative to the step. A helper
/// counts as idle and is reclaimed for any stage.
/// </summary>
internal sealed class EvaluationOffloading(
    FarmSnapshot view, IReadOnlyList<Slot> slots, Estimator estimator, Candidates candidates, SchedulingOptions options)
{
    /// <summary>Chooses offloads for idle workers: the attempts with the largest gain first, one helper each.</summary>
    /// <param name="given">Stages that the decision assigns or preempts.</param>
    /// <param name="busy">Ids of workers that the decision gives other work.</param>
    public IReadOnlyList<OffloadAssignment> Choose(IReadOnlySet<StageAddress> given, IReadOnlySet<string> busy)
    {
        var free = slots.Where(slot => slot is { IsIdle: true, FreeIn: <= 0, Worker.Offload: null } && !busy.Contains(slot.Worker.Id))
            .ToList();
        if (free.Count == 0)
            return [];
        var owners = from slot in slots
                     where slot.Worker.Current is not null && !given.Contains(slot.Worker.Current.Address.Stage)
                     let queued = candidates.ClipOf(slot.Worker.Current!.Address.Stage)
                     where queued is not null && IsOpenToOffload(slot, queued)
                     orderby slot.FreeIn descending
                     select (Slot: slot, Queued: queued);
        var pairs = from owner in owners.Take(PolicyConstants.HelpersConsidered)
                    from helper in free.Where(helper => CanOffload(owner.Slot, owner.Queued, helper))
                        .Take(PolicyConstants.HelpersConsidered)
                    let gain = Gain(owner.Slot, owner.Queued, helper)
                    where gain.Seconds > 0
                    orderby gain.Seconds descending, helper.Index
                    select (Owner: owner.Slot, Helper: helper, gain.Evaluations);
        var chosen = new List<OffloadAssignment>();
        foreach (var (owner, helper, evaluations) in pairs.ToList())
        {
            var attempt = owner.Worker.Current!.Address;
            if (chosen.All(offload => offload.Attempt != attempt && offload.Worker != helper.Worker.Id))
                chosen.Add(new OffloadAssignment(attempt, helper.Worker.Id, evaluations));
        }

        return chosen;
    }

    /// <summary>
    /// Returns the seconds that a helper would save for a worker's attempt; 0 when it can't offload or the gain is too small.
    /// </summary>
    public double SecondsSaved(Slot owner, QueuedClip queued, Slot helper) =>
        IsOpenToOffload(owner, queued) && CanOffload(owner, queued, helper) ? Gain(owner, queued, helper).Seconds : 0;

    /// <summary>True for a guided stage that is being computed by one worker alone.</summary>
    private bool IsOpenToOffload(Slot slot, QueuedClip queued)
    {
        var attempt = slot.Worker.Current!.Address;
        var status = queued.Clip.Stages[attempt.Stage.StageId];
        return queued.Clip.Work[attempt.Stage.StageId].Evaluations > 1 && status.Running is [{ Helper: null }]
            && view.Profiles.Steps.ContainsKey(attempt);
    }

    /// <summary>
    /// True when a worker can compute evaluations of an attempt to its end, with equal arithmetic and therefore identical bits.
    /// </summary>
    private bool CanOffload(Slot owner, QueuedClip queued, Slot helper)
    {
        var stage = owner.Worker.Current!.Address.Stage;
        var work = queued.Clip.Work[stage.StageId];
        return owner.Worker.Capabilities.Arithmetic == helper.Worker.Capabilities.Arithmetic
            && owner.FreeIn <= helper.HoursLeft && !queued.Clip.Stages[stage.StageId].OffloadFailedOn.Contains(helper.Worker.Id)
            && estimator.CanRun(helper, queued, work) && !estimator.IsTooLarge(helper, work)
            && !helper.Resident.EvictedBy(work.Component!.Value, helper.Worker.Capabilities).Any();
    }

    /// <summary>
    /// Returns the seconds that a helper saves for the attempt, and the number of offloaded evaluations; zeros when the gain is
    /// too small.
    /// </summary>
    private (double Seconds, int Evaluations) Gain(Slot owner, QueuedClip queued, Slot helper)
    {
        var attempt = owner.Worker.Current!.Address;
        var (work, steps) = (queued.Clip.Work[attempt.Stage.StageId], view.Profiles.Steps[attempt]);
        var own = new StepSpeed(estimator.RunSeconds(owner, work) / work.Steps, owner.LinkBytesPerSecond);
        var other = new StepSpeed(estimator.RunSeconds(helper, work) / work.Steps, helper.LinkBytesPerSecond);
        var inputs = candidates.Of(queued, queued.Clip.Stage(attempt.Stage.StageId)).FetchSeconds(helper);
        var stepsLeft = steps.Steps - steps.Step - 1 - ((helper.LoadSeconds(work.Component!.Value) + inputs) / own.Seconds);
        var best = Enumerable.Range(1, work.Evaluations - 1)
            .Where(evaluations =>
                SharedStep.ExchangeSeconds(work, evaluations, own, other) <= PolicyConstants.OffloadExchangeShare * own.Seconds)
            .Select(evaluations => (Seconds: own.Seconds - SharedStep.Seconds(work, evaluations, own, other), Evaluations: evaluations))
            .DefaultIfEmpty().MaxBy(choice => choice.Seconds);
        return best.Seconds >= options.OffloadGain * own.Seconds ? (stepsLeft * best.Seconds, best.Evaluations) : default;
    }
}
