using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Placement;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Simulation.Tests.Checks;

/// <summary>
/// Priority classes are strict: a free worker gets a stage only if every ready stage of a higher class that it could run is assigned
/// in the same decision or would finish no later on another worker. The policy lets a stage wait for the worker that finishes it
/// first, including that worker's earlier work; if the free worker were the first to finish it, the worker would have got the stage.
/// Work reserved on the other worker can only delay the stage there and is ignored here: the rule always holds for a policy with
/// strict classes, and fails whenever a lower class is served before a higher class on equal terms.
/// </summary>
internal static class StrictPriorities
{
    private const double RoundingSeconds = 1e-6;

    /// <summary>The rule for a scheduler with the given options.</summary>
    public static Action<FarmSnapshot, Decision, DateTimeOffset> Rule(SchedulingOptions options) => (view, decision, now) =>
    {
        if (decision.Assign.Count == 0)
            return;
        var estimator = new Estimator(view, options, now);
        var slots = FarmSlots.Of(view, estimator, now);
        foreach (var slot in slots.Where(slot => slot.Worker.Current is { } current && decision.Preempt.Contains(current.Address)))
            slot.FreeIn = 0;
        var candidates = new Candidates(view.State, slots, new FarmTimes(slots, estimator));
        var ready = ClipQueue.All(view.State, options, now).SelectMany(candidates.ReadyOf).ToList();
        var given = decision.Assign.Select(assignment => Key(view.State, assignment.Stage)).ToHashSet();
        foreach (var assignment in decision.Assign)
        {
            var free = slots.Single(slot => slot.Worker.Id == assignment.Worker);
            if (free.Worker.Current is not null)
                continue; // preempted: covered by the preemption rule
            var own = Class(view.State, assignment.Stage, options, now);
            foreach (var left in ready.Where(candidate => !given.Contains(candidate.Work.Key) && candidate.Queued.Class > own))
            {
                if (IsMadeOnce(view.State, left, given) || !MayRun(free, left, slots))
                    continue;
                var finish = left.FinishIn(free) + RoundingSeconds;
                Assert.True(
                    slots.Any(slot => slot != free && MayRun(slot, left, slots) && left.FinishIn(slot) <= finish),
                    $"{assignment} of class {own} was served before {left.Address} of class {left.Queued.Class}.");
            }
        }
    };

    /// <summary>Whether an equal stage is already running, or is also ready and represents this one.</summary>
    private static bool IsMadeOnce(FarmState state, Candidate candidate, IReadOnlySet<string> given) =>
        given.Contains(candidate.Work.Key) || state.ByKey[candidate.Work.Key].Count > 1;

    private static bool MayRun(Slot slot, Candidate candidate, IReadOnlyList<Slot> slots)
    {
        if (!candidate.Fits(slot))
            return false;
        var failed = candidate.Status.FailedOn;
        return !failed.Contains(slot.Worker.Id) || slots.All(other => !candidate.Fits(other) || failed.Contains(other.Worker.Id));
    }

    private static int Class(FarmState state, StageAddress stage, SchedulingOptions options, DateTimeOffset now) =>
        state.ClipOf(stage)!.Constraints.Priority + (int)((now - state.Batches[stage.Batch].SubmittedAt) / options.PriorityAgingInterval);

    private static string Key(FarmState state, StageAddress stage) => state.ClipOf(stage)!.Work[stage.StageId].Key;
}
