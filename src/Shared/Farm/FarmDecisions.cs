using MlxVideo.Shared.Api;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Scheduling;

namespace MlxVideo.Shared.Farm;

/// <summary>
/// What follows from each thing that is asked of or reported to the farm: the events to apply, none when nothing changes.
/// Pure: time comes in as a value.
/// </summary>
public static class FarmDecisions
{
    /// <summary>Distinct workers on which a task may fail before its clip is given up.</summary>
    public const int MaxFailedWorkers = 3;

    /// <summary>Failures of a task, on whichever workers, before its clip is given up.</summary>
    public const int MaxFailures = 5;

    /// <summary>Takes a batch in. The same client token again changes nothing.</summary>
    public static IReadOnlyList<IFarmEvent> Submit(FarmState state, string newId, SubmitBatch request, DateTimeOffset now) =>
        FindByToken(state, request.ClientToken) is null ? [new FarmEvents.BatchSubmitted(newId, request, now)] : [];

    /// <summary>The batch that was submitted under a client's token.</summary>
    public static Batch? FindByToken(FarmState state, string clientToken) =>
        state.Batches.Values.FirstOrDefault(batch => batch.ClientToken == clientToken);

    /// <summary>Gives up what is left of a batch.</summary>
    public static IReadOnlyList<IFarmEvent> Cancel(FarmState state, string batchId, DateTimeOffset now) =>
        state.Batches.TryGetValue(batchId, out var batch) && batch.EndedAt is null ? [new FarmEvents.BatchCancelled(batchId, now)] : [];

    /// <summary>A worker says that it is here. What an earlier epoch of it was doing is lost.</summary>
    public static IReadOnlyList<IFarmEvent> Hello(FarmState state, WorkerHello hello, DateTimeOffset now)
    {
        if (state.Workers.TryGetValue(hello.WorkerId, out var known) && known.Epoch == hello.Epoch)
            return [];
        var joined = new FarmEvents.WorkerJoined(hello.WorkerId, hello.Epoch, hello.Name, hello.Device, hello.Model);
        return [.. Lose(state, hello.WorkerId, FailureKind.Machine, "the worker's process was started anew", now), joined];
    }

    /// <summary>A worker left in order (preempted) or was lost (machine).</summary>
    public static IReadOnlyList<IFarmEvent> Lose(FarmState state, string workerId, FailureKind kind, string reason, DateTimeOffset now)
    {
        if (!state.Workers.TryGetValue(workerId, out var worker))
            return [];
        var released = worker.Current is { } attempt ? EndAttempt(state, attempt, kind, $"{worker.Name} was lost: {reason}", now) : [];
        return [.. released, new FarmEvents.WorkerLeft(workerId)];
    }

    /// <summary>The events of the scheduler's assignments.</summary>
    public static IReadOnlyList<IFarmEvent> Assign(FarmState state, IReadOnlyList<Assignment> assignments, DateTimeOffset now) =>
        assignments.Select(assignment =>
        {
            var worker = state.Workers[assignment.Worker];
            var attempt = new AttemptAddress(assignment.Task, StageOf(state, assignment.Task)!.Attempt + 1);
            return (IFarmEvent)new FarmEvents.AttemptStarted(attempt, worker.Id, worker.Name, worker.Model, now);
        }).ToList();

    /// <summary>The coordinator itself starts a task that needs no worker.</summary>
    public static IReadOnlyList<IFarmEvent> StartLocal(FarmState state, TaskAddress task, string name, DateTimeOffset now) =>
        StageOf(state, task) is { State: StageState.Ready } stage
            ? [new FarmEvents.AttemptStarted(new AttemptAddress(task, stage.Attempt + 1), name, name, null, now)]
            : [];

    /// <summary>An attempt's outputs are stored. Stale attempts and incomplete outputs change nothing.</summary>
    public static IReadOnlyList<IFarmEvent> Done(FarmState state, AttemptDone report, DateTimeOffset now)
    {
        if (!IsCurrent(state, report.Attempt))
            return [];
        var task = report.Attempt.Task;
        var expected = state.Batches[task.Batch].Clips[task.Row].Plan.Tasks.Single(planned => planned.Id == task.Stage).Outputs;
        return expected.Order().SequenceEqual(report.Outputs.Select(output => output.Name).Order())
            ? [new FarmEvents.AttemptSucceeded(report.Attempt, report.Outputs, now)]
            : EndAttempt(state, report.Attempt, FailureKind.Machine, "the worker reported other outputs than the task has", now);
    }

    /// <summary>The last task of a clip is done: its result is the clip.</summary>
    public static IReadOnlyList<IFarmEvent> Finish(FarmState state, AttemptDone report, string framemd5, DateTimeOffset now)
    {
        var done = Done(state, report, now);
        if (done is not [FarmEvents.AttemptSucceeded])
            return done;
        var task = report.Attempt.Task;
        var clip = state.Batches[task.Batch].Clips[task.Row];
        var blob = report.Outputs.Single(output => output.Name == clip.Plan.Clip).Blob;
        return [.. done, new FarmEvents.ClipFinished(task.Batch, task.Row, blob, framemd5, now)];
    }

    /// <summary>
    /// An attempt failed or was lost. Faults of the input fail the clip; others are tried again until
    /// <see cref="MaxFailedWorkers"/> workers or <see cref="MaxFailures"/> attempts have failed.
    /// </summary>
    public static IReadOnlyList<IFarmEvent> EndAttempt(FarmState state, AttemptAddress attempt, FailureKind kind, string message, DateTimeOffset now)
    {
        if (!IsCurrent(state, attempt))
            return [];
        var stage = StageOf(state, attempt.Task)!;
        var ended = new FarmEvents.AttemptEnded(attempt, kind, message, now);
        var failedOn = kind == FailureKind.Preempted || stage.Worker is null ? stage.FailedOn : stage.FailedOn.Add(stage.Worker);
        var givenUp = kind == FailureKind.Input || failedOn.Distinct().Count() >= MaxFailedWorkers || failedOn.Count >= MaxFailures;
        return givenUp
            ? [ended, new FarmEvents.ClipFailed(attempt.Task.Batch, attempt.Task.Row, $"{attempt.Task.Stage}: {message}", now)]
            : [ended];
    }

    /// <summary>True when the attempt is the running one of its task.</summary>
    public static bool IsCurrent(FarmState state, AttemptAddress attempt) =>
        StageOf(state, attempt.Task) is { State: StageState.Running } stage && stage.Attempt == attempt.Number;

    private static StageProgress? StageOf(FarmState state, TaskAddress task) =>
        state.Batches.TryGetValue(task.Batch, out var batch)
        && batch.Clips.TryGetValue(task.Row, out var clip)
        && clip.Stages.TryGetValue(task.Stage, out var stage)
            ? stage
            : null;
}
