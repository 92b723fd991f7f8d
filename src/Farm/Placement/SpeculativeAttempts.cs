using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;

namespace MlxVideo.Farm.Placement;

/// <summary>
/// Assigns speculative attempts to idle workers, in descending order of the stages' remaining time and at most one per stage. The first
/// result counts. A stage that would finish even earlier with offloading gets no speculative attempt.
/// </summary>
internal sealed class SpeculativeAttempts(FarmState state, IReadOnlyList<Slot> slots, Estimator estimator, Candidates candidates,
    StagePlacement placement, EvaluationOffloading offloading, SchedulingOptions options)
{
    /// <summary>Assigns speculative attempts to idle workers.</summary>
    /// <param name="stopped">Workers with attempts stopped by the same decision.</param>
    public void Make(IReadOnlySet<Slot> stopped)
    {
        var runningSpeculative = slots.Count(slot =>
            slot.Worker.Current is { } current
                && state.StatusOf(current.Address.Stage)?.Find(current.Address.Number)?.IsSpeculative == true);
        var remaining = Math.Max(1, (int)(options.SpeculativeAttemptShare * slots.Count)) - runningSpeculative;
        if (placement.IdleCount == 0 || remaining <= 0)
            return;
        var running = slots.Where(slot => slot.Worker.Current is not null && !stopped.Contains(slot))
            .Select(slot => (Slot: slot, Left: estimator.RemainingSeconds(slot, slot.Worker.Current!.Address)))
            .OrderByDescending(run => run.Left);
        foreach (var (slow, left) in running)
        {
            if (placement.IdleCount == 0 || remaining == 0)
                return;
            var stage = slow.Worker.Current!.Address.Stage;
            if (candidates.ClipOf(stage) is not { } queued || queued.Clip.Stages[stage.StageId].Running.Count > 1)
                continue;
            var candidate = candidates.Of(queued, queued.Clip.Stage(stage.StageId));
            if (placement.Best(candidate, onlyIdle: true) is ({ } fast, var finish) && finish <= options.SpeculativeAttemptGain * left
                && finish < left - offloading.SecondsSaved(slow, queued, fast))
            {
                placement.Assign(fast, candidate, isSpeculative: true);
                remaining--;
            }
        }
    }
}
