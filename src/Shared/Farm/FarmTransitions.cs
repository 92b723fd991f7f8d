using System.Collections.Immutable;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Farm;

/// <summary>What each event makes of the state. Never refuses: <see cref="FarmDecisions"/> did that before.</summary>
public static class FarmTransitions
{
    /// <summary>The state after an event.</summary>
    public static FarmState Apply(this FarmState state, IFarmEvent happened) => happened switch
    {
        FarmEvents.BatchSubmitted e => state with { Batches = state.Batches.Add(e.Batch, NewBatch(e)) },
        FarmEvents.BatchCancelled e => CancelBatch(state, e),
        FarmEvents.WorkerJoined e => state with { Workers = state.Workers.SetItem(e.Worker, new FarmWorker(e.Worker, e.Epoch, e.Name, e.Device, e.Model, null)) },
        FarmEvents.WorkerLeft e => state with { Workers = state.Workers.Remove(e.Worker) },
        FarmEvents.AttemptStarted e => StartAttempt(state, e),
        FarmEvents.AttemptSucceeded e => CompleteTask(ReleaseWorker(state, e.Attempt), e),
        FarmEvents.AttemptEnded e => EndAttempt(ReleaseWorker(state, e.Attempt), e),
        FarmEvents.ClipFinished e => state.EndClip(e.Batch, e.Row, e.At, clip => clip with { State = ClipState.Finished, Framemd5 = e.Framemd5 }),
        FarmEvents.ClipFailed e => state.EndClip(e.Batch, e.Row, e.At, clip => clip with { State = ClipState.Failed, Error = e.Error }),
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "Unknown event."),
    };

    private static Batch NewBatch(FarmEvents.BatchSubmitted submitted) => new(
        submitted.Batch,
        submitted.Request.ClientToken,
        submitted.At,
        EndedAt: null,
        Model: null,
        submitted.Request.Clips.Select(NewClip).ToImmutableSortedDictionary(clip => clip.Row, clip => clip));

    private static Clip NewClip(SubmittedClip submitted)
    {
        var plan = StagePlanner.Plan(submitted.Settings);
        var clip = new Clip(
            submitted.Row, submitted.Output, submitted.Priority, submitted.Settings, plan, ClipState.Waiting, null, null, null, null,
            plan.Given.ToImmutableDictionary(),
            plan.Tasks.ToImmutableDictionary(task => task.Id, _ => StageProgress.Blocked));
        return UnblockTasks(clip);
    }

    private static Clip UnblockTasks(Clip clip)
    {
        var stages = clip.Stages;
        foreach (var task in clip.Plan.Tasks)
        {
            if (stages[task.Id].State == StageState.Blocked && task.Inputs.All(clip.Artefacts.ContainsKey))
                stages = stages.SetItem(task.Id, stages[task.Id] with { State = StageState.Ready });
        }

        return clip with { Stages = stages };
    }

    private static FarmState StartAttempt(FarmState state, FarmEvents.AttemptStarted started)
    {
        var task = started.Attempt.Task;
        state = state.UpdateClip(task.Batch, task.Row, clip => (clip with
        {
            State = ClipState.Rendering,
            StartedAt = clip.StartedAt ?? started.At,
        }).UpdateStage(task.Stage, stage => stage with
        {
            State = StageState.Running,
            Attempt = started.Attempt.Number,
            Worker = started.Worker,
            WorkerName = started.WorkerName,
            StartedAt = started.At,
            EndedAt = null,
        }));
        var batch = state.Batches[task.Batch];
        state = state with { Batches = state.Batches.SetItem(batch.Id, batch with { Model = batch.Model ?? started.Model }) };
        return state.Workers.TryGetValue(started.Worker, out var worker)
            ? state with { Workers = state.Workers.SetItem(worker.Id, worker with { Current = started.Attempt }) }
            : state;
    }

    private static FarmState CompleteTask(FarmState state, FarmEvents.AttemptSucceeded succeeded)
    {
        var task = succeeded.Attempt.Task;
        return state.UpdateClip(task.Batch, task.Row, clip => UnblockTasks((clip with
        {
            Artefacts = clip.Artefacts.SetItems(succeeded.Outputs.Select(output => KeyValuePair.Create(output.Name, output.Blob))),
        }).UpdateStage(task.Stage, stage => stage with { State = StageState.Done, EndedAt = succeeded.At })));
    }

    private static FarmState EndAttempt(FarmState state, FarmEvents.AttemptEnded ended)
    {
        var task = ended.Attempt.Task;
        return state.UpdateClip(task.Batch, task.Row, clip => clip.UpdateStage(task.Stage, stage => stage with
        {
            State = StageState.Ready,
            EndedAt = ended.At,
            FailedOn = ended.Kind == FailureKind.Preempted || stage.Worker is null ? stage.FailedOn : stage.FailedOn.Add(stage.Worker),
        }));
    }

    private static FarmState CancelBatch(FarmState state, FarmEvents.BatchCancelled cancelled)
    {
        var open = state.Batches[cancelled.Batch].Clips.Values.Where(clip => clip.IsOpen).Select(clip => clip.Row).ToList();
        return open.Aggregate(state, (current, row) => current.EndClip(cancelled.Batch, row, cancelled.At, clip => clip with { State = ClipState.Cancelled }));
    }

    private static FarmState EndClip(this FarmState state, string batchId, int row, DateTimeOffset at, Func<Clip, Clip> change)
    {
        foreach (var worker in state.Workers.Values.Where(worker => worker.Current?.Task is { } task && task.Batch == batchId && task.Row == row))
            state = state with { Workers = state.Workers.SetItem(worker.Id, worker with { Current = null }) };
        state = state.UpdateClip(batchId, row, clip => change(clip) with
        {
            EndedAt = at,
            Stages = clip.Stages.ToImmutableDictionary(pair => pair.Key, pair => pair.Value.State is StageState.Running or StageState.Ready or StageState.Blocked
                ? pair.Value with { State = StageState.Failed, EndedAt = pair.Value.EndedAt ?? at }
                : pair.Value),
        });
        var batch = state.Batches[batchId];
        return batch.Clips.Values.Any(clip => clip.IsOpen)
            ? state
            : state with { Batches = state.Batches.SetItem(batchId, batch with { EndedAt = at }) };
    }

    private static FarmState ReleaseWorker(FarmState state, AttemptAddress attempt)
    {
        foreach (var worker in state.Workers.Values)
        {
            if (worker.Current == attempt)
                return state with { Workers = state.Workers.SetItem(worker.Id, worker with { Current = null }) };
        }

        return state;
    }

    private static FarmState UpdateClip(this FarmState state, string batchId, int row, Func<Clip, Clip> change)
    {
        var batch = state.Batches[batchId];
        return state with { Batches = state.Batches.SetItem(batchId, batch with { Clips = batch.Clips.SetItem(row, change(batch.Clips[row])) }) };
    }

    private static Clip UpdateStage(this Clip clip, string stage, Func<StageProgress, StageProgress> change) =>
        clip with { Stages = clip.Stages.SetItem(stage, change(clip.Stages[stage])) };
}
