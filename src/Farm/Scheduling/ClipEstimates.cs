using MlxVideo.Farm.Placement;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Scheduling;

/// <summary>
/// Estimates the completion times of clips. A clip finishes no earlier than its remaining chain allows on the fastest workers,
/// and no earlier than the farm completes the work ahead of it.
/// </summary>
public static class ClipEstimates
{
    // Loss to loading, waiting and the tail of a batch, measured in the simulator.
    private const double Overhead = 1.1;

    /// <summary>Returns estimates for the open clips of a batch, by row; clips that no worker can run are absent.</summary>
    /// <param name="batch">The batch's id.</param>
    public static IReadOnlyDictionary<int, ClipEstimate> Of(FarmSnapshot view, string batch, SchedulingOptions options, DateTimeOffset now)
    {
        view = view.OfUsableWorkers().OfActiveBatches();
        var estimates = new Dictionary<int, ClipEstimate>();
        var slots = view.State.Workers.Values.Select((worker, index) => new Slot(index, worker, view.Profiles.Of(worker))).ToList();
        var times = new FarmTimes(slots, new Estimator(view, options, now));
        double farmSeconds = 0;
        foreach (var clip in ClipQueue.All(view.State, options, now))
        {
            double path = 0, deviation = 0;
            var isPossible = true;
            foreach (var stage in clip.Clip.Plan.Stages)
            {
                var work = clip.Clip.Work[stage.Id];
                if (clip.Clip.Stages[stage.Id].State == StageState.Done || work.Component is null)
                    continue;
                var time = times.Of(clip, work);
                var left = LeftOf(view, clip, stage.Id);
                isPossible &= double.IsFinite(time.Best);
                farmSeconds += time.Shared * left;
                path = Math.Max(path, PathSeconds(time, work) - ((1 - left) * time.Best));
                deviation = Math.Max(deviation, time.Deviation);
            }

            if (clip.Batch.Id != batch || !isPossible)
                continue;
            var expected = Math.Max(path, farmSeconds * Overhead);
            estimates[clip.Clip.Row] = new ClipEstimate(
                expected, Math.Max(path * (1 - deviation), farmSeconds * (1 - (deviation / 2))), expected * (1 + deviation));
        }

        return estimates;
    }

    /// <summary>Returns the seconds of a stage and of the longest chain behind it, at the stage's own rate.</summary>
    private static double PathSeconds(StageTime time, StageWork work) =>
        work.TeraOperations <= 0 ? 0 : time.Best * work.PathTeraOperations / work.TeraOperations;

    /// <summary>Returns the remaining share of a stage.</summary>
    private static double LeftOf(FarmSnapshot view, QueuedClip clip, string stageId) =>
        clip.Clip.Stages[stageId].Running
            .Select(live => view.Profiles.Steps.GetValueOrDefault(new(new(clip.Batch.Id, clip.Clip.Row, stageId), live.Number)))
            .Where(steps => steps is not null).Select(steps => 1 - (steps!.Step / (double)steps.Steps)).DefaultIfEmpty(1).Min();
}

/// <summary>A clip's estimated completion time, in seconds from now.</summary>
/// <param name="Earliest">Lower bound, if all goes well.</param>
/// <param name="Latest">Upper bound, given the variation observed so far.</param>
public sealed record ClipEstimate(double Expected, double Earliest, double Latest);
