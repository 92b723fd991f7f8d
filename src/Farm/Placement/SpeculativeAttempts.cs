using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;

namespace MlxVideo.Farm.Placement;

/// <summary>
/// Workers for which nothing is left race stages that would take much longer where they run: the one that needs longest
/// first, each by one copy only. Whichever ends first counts. Where it would end earlier still with help, it is helped.
/// </summary>
internal sealed class SpeculativeAttempts(FarmState state, IReadOnlyList<Slot> slots, Estimator estimator, Candidates candidates,
    StagePlacement placement, EvaluationOffloading helping, SchedulingOptions options)
{
    /// <summary>Gives copies to free workers.</summary>
    /// <param name="stopped">Workers whose stages are stopped by the same decision.</param>
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
