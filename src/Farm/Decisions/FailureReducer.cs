using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Farm.Decisions;

/// <summary>Counts the failures of workers on the stage kinds of a batch.</summary>
internal static class FailureReducer
{
    /// <summary>Adds a failure, or removes one that turned out not to be the worker's.</summary>
    public static FarmState CountFailure(this FarmState state, StageAddress stage, string worker, int change)
    {
        var batch = state.Batches[stage.Batch];
        var key = new WorkerKind(worker, batch.Clips[stage.Row].Work[stage.StageId].Kind);
        var count = batch.Failures.GetValueOrDefault(key) + change;
        return state.With(batch with { Failures = count > 0 ? batch.Failures.SetItem(key, count) : batch.Failures.Remove(key) });
    }

    /// <summary>Forgets the failures of a worker, whose new process may be in order.</summary>
    public static FarmState ForgetFailuresOf(this FarmState state, string worker) => state.Open
        .Select(id => state.Batches[id])
        .Where(batch => batch.Failures.Keys.Any(key => key.Worker == worker))
        .Aggregate(state, (current, batch) => current.With(batch with
        {
            Failures = batch.Failures.RemoveRange(batch.Failures.Keys.Where(key => key.Worker == worker)),
        }));
}
