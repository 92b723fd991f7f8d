using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Placement;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Simulation.Tests.Checks;

/// <summary>
/// Classes are strict: a free worker is given a stage only when every ready stage of a higher class that it could run is given
/// out in the same decision, or would be ended no later by another worker. The policy lets a stage wait for the worker that
/// ends it first, what that one has to do before included; were the free worker the first to end it, it would have got it.
/// Work that is reserved on the other worker can only make it later, so the rule is looked at without it: that is sure to
/// hold for a policy that keeps classes, and breaks whenever a lower class is served before a higher one on equal terms.
/// </summary>
internal static class StrictPriorities
{
    private const double RoundingSeconds = 1e-6;

    /// <summary>The rule for a scheduler of these numbers.</summary>
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
                continue; // taken back: that is for preemption's own rule
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

    /// <summary>An equal stage runs already, or is ready too and stands for this one.</summary>
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
