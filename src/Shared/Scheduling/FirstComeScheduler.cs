using MlxVideo.Shared.Farm;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders.Stages;

namespace MlxVideo.Shared.Scheduling;

/// <summary>
/// Any ready task to any free worker that can run it: by priority, then batch, then row, then plan order, so that clips
/// which have begun are finished first. Pure and deterministic.
/// </summary>
public static class FirstComeScheduler
{
    /// <summary>The assignments to make now.</summary>
    public static IReadOnlyList<Assignment> Decide(FarmState state)
    {
        var free = state.Workers.Values.Where(worker => worker.Current is null).ToList();
        if (free.Count == 0)
            return [];
        var models = state.Batches.Values.ToDictionary(batch => batch.Id, batch => batch.Model);
        var assignments = new List<Assignment>();
        foreach (var (task, failedOn) in ReadyTasks(state))
        {
            // A worker on which the task failed gets it again only when no other is free.
            var model = models[task.Batch];
            var worker = free.Where(candidate => model is null || candidate.Model == model)
                .OrderBy(candidate => failedOn.Count(id => id == candidate.Id))
                .ThenBy(candidate => candidate.Id, StringComparer.Ordinal)
                .FirstOrDefault();
            if (worker is null)
                continue;
            free.Remove(worker);
            models[task.Batch] = worker.Model;
            assignments.Add(new Assignment(task, worker.Id));
            if (free.Count == 0)
                break;
        }

        return assignments;
    }

    private static IEnumerable<(TaskAddress Task, IReadOnlyList<string> FailedOn)> ReadyTasks(FarmState state) =>
        from batch in state.Batches.Values
        where batch.EndedAt is null
        from clip in batch.Clips.Values
        where clip.IsOpen
        from task in clip.ReadyTasks()
        where task is not MuxTask
        orderby clip.Priority descending, batch.SubmittedAt, batch.Id, clip.Row
        select (new TaskAddress(batch.Id, clip.Row, task.Id), (IReadOnlyList<string>)clip.Stages[task.Id].FailedOn);
}
