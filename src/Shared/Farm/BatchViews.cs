using MlxVideo.Shared.Api;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Scheduling;

namespace MlxVideo.Shared.Farm;

/// <summary>What people are shown of the state.</summary>
public static class BatchViews
{
    /// <summary>A batch for the API.</summary>
    /// <param name="state">The farm.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="version">Number of the view.</param>
    /// <param name="steps">Last reported step and steps of running attempts.</param>
    /// <param name="times">Learned times, for the estimates.</param>
    /// <param name="now">The time of the view.</param>
    public static BatchView Of(
        FarmState state, Batch batch, long version, IReadOnlyDictionary<AttemptAddress, (int Step, int Steps)> steps, StageTimes times, DateTimeOffset now)
    {
        var tookPart = batch.Clips.Values.SelectMany(clip => clip.Stages.Values).Select(stage => stage.WorkerName).OfType<string>();
        var workers = state.Workers.Values.Select(worker => worker.Name).Concat(tookPart).Where(name => name != LocalWorker).Distinct().Order(StringComparer.Ordinal);
        return new BatchView(
            batch.Id,
            version,
            batch.EndedAt is null ? BatchState.Running : BatchState.Ended,
            Seconds(batch.SubmittedAt, batch.EndedAt, now),
            workers.ToList(),
            batch.Clips.Values.Select(clip => ClipView(batch, clip, steps, times, now)).ToList());
    }

    /// <summary>The name under which the coordinator's own tasks are shown.</summary>
    public const string LocalWorker = "coordinator";

    /// <summary>The farm for the API.</summary>
    public static FarmStatus Status(FarmState state) => new(state.Workers.Values.Select(worker => new WorkerView(
        worker.Id,
        worker.Name,
        worker.Device,
        worker.Model,
        worker.Current is { } attempt ? $"row {attempt.Task.Row}: {attempt.Task.Stage}" : null)).ToList());

    private static ClipView ClipView(
        Batch batch, Clip clip, IReadOnlyDictionary<AttemptAddress, (int Step, int Steps)> steps, StageTimes times, DateTimeOffset now) => new(
        clip.Row,
        clip.Output,
        clip.Settings,
        clip.State,
        clip.Error,
        clip.StartedAt is { } started ? Seconds(started, clip.EndedAt, now) : 0,
        clip.IsOpen ? times.Remaining(clip, now) : null,
        clip.State == ClipState.Finished ? clip.Artefacts[clip.Plan.Clip] : null,
        clip.Framemd5,
        clip.Plan.Tasks.Select(task =>
        {
            var stage = clip.Stages[task.Id];
            var attempt = new AttemptAddress(new TaskAddress(batch.Id, clip.Row, task.Id), stage.Attempt);
            var (step, total) = steps.GetValueOrDefault(attempt);
            var elapsed = stage.StartedAt is { } begun ? Seconds(begun, stage.EndedAt, now) : 0;
            return new StageView(task.Id, stage.State, stage.WorkerName, stage.Attempt, step, total, elapsed);
        }).ToList());

    private static double Seconds(DateTimeOffset from, DateTimeOffset? to, DateTimeOffset now) =>
        Math.Round(((to ?? now) - from).TotalSeconds, 3);
}
