using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;

namespace MlxVideo.Farm.Placement;

/// <summary>
/// Assigns speculative attempts to workers without other work: for the stage with the longest remaining time first, at most one
/// per stage. The first result counts. A stage that would finish even earlier by offloading is left to offloading.
/// </summary>
internal sealed class SpeculativeAttempts(FarmState state, IReadOnlyList<Slot> slots, Estimator estimator, Candidates candidates,
    StagePlacement placement, EvaluationOffloading helping, SchedulingOptions options)
{
    /// <summary>Assigns speculative attempts to idle workers.</summary>
    /// <param name="stopped">Workers with attempts that the same decision stops.</param>
    public void Make(IReadOnlySet<Slot> stopped)
    {
        var isRaced = slots.Count(slot =>
            slot.Worker.Current is { } current
                && state.StatusOf(current.Address.Stage)?.Find(current.Address.Number)?.IsSpeculative == true);
        var most = Math.Max(1, (int)(options.SpeculativeAttemptShare * slots.Count)) - isRaced;
        if (placement.IdleCount == 0 || most <= 0)
            return;
        var running = slots.Where(slot => slot.Worker.Current is not null && !stopped.Contains(slot))
            .Select(slot => (Slot: slot, Left: estimator.RemainingSeconds(slot, slot.Worker.Current!.Address)))
            .OrderByDescending(run => run.Left);
        foreach (var (slow, left) in running)
        {
            if (placement.IdleCount == 0 || most == 0)
                return;
            var stage = slow.Worker.Current!.Address.Stage;
            if (candidates.ClipOf(stage) is not { } queued || queued.Clip.Stages[stage.StageId].Running.Count > 1)
                continue;
            var candidate = candidates.Of(queued, queued.Clip.Stage(stage.StageId));
            if (placement.Best(candidate, onlyIdle: true) is ({ } fast, var finish) && finish <= options.SpeculativeAttemptGain * left
                && finish < left - helping.SecondsSaved(slow, queued, fast))
            {
                placement.Assign(fast, candidate, isSpeculative: true);
                most--;
            }
        }
    }
}
