using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Farm.Traces;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Coordinator.Tracing;

/// <summary>Converts the farm's events to trace lines of the batches concerned. Unfit workers are not traced.</summary>
internal sealed class FarmTracing(TraceFiles files)
{
    /// <summary>Goes on with the trace of a batch that an earlier process began.</summary>
    public void Continue(string batch) => files.Continue(batch);

    /// <summary>Traces an event.</summary>
    /// <param name="before">The farm before the event, which still holds the progress of an ended attempt.</param>
    /// <param name="after">The state after the event.</param>
    public void Trace(FarmSnapshot before, FarmState after, IFarmEvent happened)
    {
        switch (happened)
        {
            case FarmEvents.BatchSubmitted e:
                Begin(after, e);
                break;
            case FarmEvents.WorkerJoined { Capabilities.Unfit: null } e:
                foreach (var batch in after.Open)
                    files.Write(batch, new TraceLines.WorkerPresent(e.At, e.Worker, e.Name, e.Device, e.Model, CapabilitiesOf(after, e)));
                break;
            case FarmEvents.WorkerLeft e when before.State.Workers[e.Worker].IsFit:
                foreach (var batch in after.Open)
                    files.Write(batch, new TraceLines.WorkerLeft(e.At, e.Worker));
                break;
            case FarmEvents.AttemptStarted { Attempt: { Stage: var stage } attempt } e:
                files.Write(
                    stage.Batch, new TraceLines.AttemptStarted(e.At, stage.Row, stage.StageId, attempt.Number, e.Worker, e.IsSpeculative));
                break;
            case FarmEvents.AttemptResumed { Attempt: { Stage: var stage } attempt } e:
                var isSpeculative = after.StatusOf(stage)!.Find(attempt.Number)!.IsSpeculative;
                files.Write(
                    stage.Batch, new TraceLines.AttemptStarted(e.At, stage.Row, stage.StageId, attempt.Number, e.Worker, isSpeculative));
                break;
            case FarmEvents.AttemptSucceeded e:
                End(before, e.Attempt, AttemptOutcome.Succeeded, null, e.At);
                break;
            case FarmEvents.AttemptFailed e:
                End(before, e.Attempt, AttemptOutcome.Failed, e.Kind, e.At);
                break;
            case FarmEvents.AttemptAbandoned e:
                End(before, e.Attempt, AttemptOutcome.Abandoned, null, e.At);
                break;
            case FarmEvents.ResultShared e:
                files.Write(e.Stage.Batch, new TraceLines.ResultShared(e.At, e.Stage.Row, e.Stage.StageId, e.From));
                break;
            case FarmEvents.ClipFinished e:
                EndClips(after.Batches[e.Batch], [e.Row], ClipState.Finished, e.At);
                break;
            case FarmEvents.ClipFailed e:
                EndClips(after.Batches[e.Batch], [e.Row], ClipState.Failed, e.At);
                break;
            case FarmEvents.BatchCancelled e:
                var cancelled = after.Batches[e.Batch];
                EndClips(cancelled, cancelled.Clips.Values.Where(clip => clip.State == ClipState.Cancelled).Select(clip => clip.Row),
                    ClipState.Cancelled, e.At);
                break;
        }
    }

    /// <summary>Traces the evaluations that a helper computed.</summary>
    /// <param name="before">The farm before the offload ended.</param>
    /// <param name="steps">Number of steps that the helper delivered.</param>
    public void Trace(FarmSnapshot before, FarmEvents.OffloadEnded ended, int steps)
    {
        var (stage, number) = (ended.Offload.Attempt.Stage, ended.Offload.Attempt.Number);
        var evaluations = OffloadDecisions.Find(before.State, ended.Offload)?.Evaluations ?? 0;
        files.Write(
            stage.Batch, new TraceLines.EvaluationsOffloaded(ended.At, stage.Row, stage.StageId, number, ended.Worker, evaluations, steps));
    }

    /// <summary>Returns what a worker that joined may do: its operator may have set other tags and hours than its own.</summary>
    private static WorkerCapabilities CapabilitiesOf(FarmState after, FarmEvents.WorkerJoined joined) =>
        after.Workers.GetValueOrDefault(joined.Worker)?.Capabilities ?? joined.Capabilities;

    private void Begin(FarmState after, FarmEvents.BatchSubmitted submitted)
    {
        var clips = submitted.Request.Clips.Select(clip => new TracedClip(clip.Row, clip.Constraints, clip.Settings)).ToList();
        files.Write(submitted.Batch, new TraceLines.BatchSubmitted(submitted.At, submitted.Batch, submitted.Request.Weight, clips));
        foreach (var worker in after.Workers.Values.Where(worker => worker.IsFit))
            files.Write(
                submitted.Batch,
                new TraceLines.WorkerPresent(submitted.At, worker.Id, worker.Name, worker.Device, worker.Model, worker.Capabilities));
    }

    private void End(FarmSnapshot before, AttemptAddress attempt, AttemptOutcome outcome, FailureKind? failure, DateTimeOffset at)
    {
        var stage = attempt.Stage;
        var live = before.State.StatusOf(stage)!.Find(attempt.Number)!;
        var work = before.State.ClipOf(stage)!.Work[stage.StageId];
        files.Write(stage.Batch, new TraceLines.AttemptEnded(
            at, stage.Row, stage.StageId, attempt.Number, live.Worker, outcome, failure,
            before.Profiles.Steps.GetValueOrDefault(attempt)?.Began,
            work.Kind, work.TeraOperations, (at - live.StartedAt).TotalSeconds));
    }

    private void EndClips(Batch batch, IEnumerable<int> rows, ClipState state, DateTimeOffset at)
    {
        foreach (var row in rows)
            files.Write(batch.Id, new TraceLines.ClipEnded(at, row, state));
        if (batch.EndedAt is not null)
            files.Write(batch.Id, new TraceLines.BatchEnded(at));
    }
}
