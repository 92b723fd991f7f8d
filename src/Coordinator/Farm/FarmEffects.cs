using MlxVideo.Shared.Models;
using System.Text.Json;
using Akka.Actor;
using MlxVideo.Coordinator.Logging;
using MlxVideo.Coordinator.Logs;
using MlxVideo.Coordinator.Offloading;
using MlxVideo.Coordinator.Telemetry;
using MlxVideo.Coordinator.Tracing;
using MlxVideo.Farm;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Coordinator.Farm;

/// <summary>
/// Carries out the coordinator's reaction to each event of the farm: notifies workers and watchers, maintains leases and artefacts, writes
/// traces, metrics and the log. Belongs to <see cref="FarmActor"/> and is used only on its thread.
/// </summary>
internal sealed class FarmEffects(
    ConnectedWorkers workers, Leases leases, BatchWatchers watchers, IClipMuxing muxing, EvaluationRelay relay, FarmTracing tracing,
    AttemptLogFiles logs, FarmTelemetry telemetry, ILogger log)
{
    private readonly ArtefactUses _uses = new();
    private readonly HashSet<(string Batch, int Row)> _kept = []; // failed clips whose artefacts still count as used

    /// <summary>The workers' blob servers.</summary>
    public BlobSources Sources { get; } = new();

    /// <summary>Takes over a recovered state: what its open clips use, and their traces.</summary>
    public void Recover(FarmState state)
    {
        telemetry.Recover(state);
        foreach (var batch in state.Open.Select(id => state.Batches[id]))
        {
            tracing.Continue(batch.Id);
            foreach (var clip in batch.Clips.Values.Where(batch.Keeps))
            {
                _uses.Add(clip);
                if (!clip.IsOpen)
                    _kept.Add((batch.Id, clip.Row));
            }
        }
    }

    /// <summary>Carries out the effects of a stored event.</summary>
    /// <param name="before">The farm before the event.</param>
    /// <param name="state">The state after the event.</param>
    public void Apply(FarmSnapshot before, FarmState state, IFarmEvent happened)
    {
        tracing.Trace(before, state, happened);
        telemetry.Observe(before.State, state, happened);
        switch (happened)
        {
            case FarmEvents.BatchSubmitted submitted:
                log.BatchSubmitted(submitted.Batch, submitted.Request.Clips.Count);
                watchers.Changed(submitted.Batch);
                break;
            case FarmEvents.BatchBound bound:
                log.BatchBound(bound.Batch, ModelNames.Shorten(bound.Binding.Model));
                watchers.Changed(bound.Batch);
                break;
            case FarmEvents.AttemptStarted started:
                watchers.Changed(started.Attempt.Stage.Batch);
                logs.Begin(started.Attempt, started.WorkerName);
                Assign(state, started);
                break;
            case FarmEvents.AttemptSucceeded succeeded:
                EndLease(succeeded.Attempt);
                logs.Change(succeeded.Attempt, AttemptState.Succeeded);
                // A stage that ran again for one lost output may have others that are counted already.
                _uses.Add(succeeded.Outputs.Except(Existing(before, succeeded.Attempt.Stage)));
                break;
            case FarmEvents.ResultShared shared:
                watchers.Changed(shared.Stage.Batch);
                _uses.Add(shared.Outputs.Except(Existing(before, shared.Stage)));
                break;
            case FarmEvents.ArtefactLost lost:
                log.ArtefactLost(lost.Batch, lost.Row, lost.Name);
                watchers.Changed(lost.Batch);
                _uses.Remove(before.State.Batches[lost.Batch].Clips[lost.Row].Artefacts[lost.Name]);
                break;
            case FarmEvents.AttemptFailed ended:
                EndLease(ended.Attempt);
                logs.Change(ended.Attempt, AttemptState.Failed, ended.Message);
                break;
            case FarmEvents.AttemptResumed resumed:
                log.AttemptResumed(resumed.Attempt);
                logs.Change(resumed.Attempt, AttemptState.Running);
                leases.Grant(resumed.Attempt, resumed.At);
                watchers.Changed(resumed.Attempt.Stage.Batch);
                break;
            case FarmEvents.AttemptAbandoned abandoned:
                EndLease(abandoned.Attempt);
                logs.Change(abandoned.Attempt, AttemptState.Abandoned);
                workers.Tell(abandoned.Worker, new CancelAttempt(abandoned.Attempt));
                break;
            case FarmEvents.OffloadAssigned assigned:
                watchers.Changed(assigned.Offload.Attempt.Stage.Batch);
                AskForOffload(state, assigned);
                break;
            case FarmEvents.OffloadStarted began when OffloadDecisions.Find(state, began.Offload) is { } helper:
                OwnerOf(state, began.Offload)?.Tell(new HelperJoined(began.Offload, helper.Evaluations));
                break;
            case FarmEvents.OffloadEnded ended:
                tracing.Trace(before, ended, relay.Close(ended.Offload));
                workers.Tell(ended.Worker, new CancelOffload(ended.Offload));
                OwnerOf(state, ended.Offload)?.Tell(new HelperLeft(ended.Offload));
                break;
            case FarmEvents.ClipFinished finished:
                log.ClipFinished(finished.Batch, finished.Row);
                EndClip(state, finished.Batch, finished.Row);
                break;
            case FarmEvents.ClipFailed failed:
                log.ClipFailed(failed.Batch, failed.Row, failed.Error);
                EndClip(state, failed.Batch, failed.Row);
                break;
            case FarmEvents.BatchCancelled cancelled:
                foreach (var clip in state.Batches[cancelled.Batch].Clips.Values.Where(clip => clip.State == ClipState.Cancelled))
                    EndClip(state, cancelled.Batch, clip.Row);
                break;
            case FarmEvents.BatchPaused { Batch: var paused }:
                log.BatchPaused(paused);
                watchers.Changed(paused);
                break;
            case FarmEvents.BatchResumed { Batch: var resumed }:
                log.BatchResumed(resumed);
                watchers.Changed(resumed);
                break;
            case FarmEvents.PriorityChanged { Batch: var changed }:
                watchers.Changed(changed);
                break;
            case FarmEvents.DeadlineChanged { Batch: var changed }:
                watchers.Changed(changed);
                break;
            case FarmEvents.ClipRetried retried:
                log.ClipRetried(retried.Batch, retried.Row);
                watchers.Changed(retried.Batch);
                Reopen(before.State, retried);
                break;
            case FarmEvents.BatchRemoved removed:
                log.BatchRemoved(removed.Batch);
                logs.Remove(removed.Batch);
                break;
            case FarmEvents.WorkerTagged tagged:
                log.WorkerTagged(tagged.Name, tagged.Tags is { } tags ? $"'{string.Join(',', tags)}'" : "its own");
                ChangeAllOpen(state);
                break;
            case FarmEvents.WorkerHoursChanged { Hours: var hours } changed:
                log.WorkerHoursChanged(changed.Name, hours is null ? "its own" : HoursText.Format(hours));
                ChangeAllOpen(state);
                break;
            case FarmEvents.WorkerForgotten forgotten:
                log.WorkerForgotten(WorkerDecisions.NameOf(before.State, forgotten.Worker) ?? forgotten.Worker);
                break;
            case FarmEvents.WorkerConditionChanged changed:
                var name = state.Workers[changed.Worker].Name;
                if (changed.Problem is null)
                    log.WorkerUnblocked(name);
                else
                    log.WorkerBlocked(name, changed.Problem);
                ChangeAllOpen(state); // clips may wait for this worker
                break;
            case FarmEvents.WorkerJoined or FarmEvents.WorkerLeft:
                if (happened is FarmEvents.WorkerLeft left)
                    Sources.Remove(left.Worker);
                ChangeAllOpen(state);
                break;
        }
    }

    private void ChangeAllOpen(FarmState state)
    {
        foreach (var batch in state.Open)
            watchers.Changed(batch);
    }

    /// <summary>Goes on with the trace of an ended batch that is open again.</summary>
    public void ContinueTrace(string batch) => tracing.Continue(batch);

    /// <summary>Sends a worker its current attempt, which it does not know of.</summary>
    public void AssignAgain(FarmState state, AttemptAddress attempt, string worker) =>
        workers.Tell(worker, AssignmentOf(state, attempt, worker));

    private void Assign(FarmState state, FarmEvents.AttemptStarted started)
    {
        if (workers.Find(started.Worker) is not { } worker)
            return; // the coordinator's own stage
        leases.Grant(started.Attempt, started.At);
        worker.Tell(AssignmentOf(state, started.Attempt, started.Worker));
    }

    private void AskForOffload(FarmState state, FarmEvents.OffloadAssigned assigned)
    {
        relay.Open(assigned.Offload);
        var (json, inputs, sources) = Describe(state, assigned.Offload.Attempt.Stage, assigned.Worker);
        workers.Tell(assigned.Worker, new AssignOffload(assigned.Offload, json, inputs, sources));
    }

    private AssignStage AssignmentOf(FarmState state, AttemptAddress attempt, string worker)
    {
        var (json, inputs, sources) = Describe(state, attempt.Stage, worker);
        return new AssignStage(attempt, json, inputs, sources);
    }

    /// <summary>Returns the description of a stage for a worker.</summary>
    private (string Json, IReadOnlyList<NamedBlob> Inputs, IReadOnlyList<BlobSource> Sources) Describe(
        FarmState state, StageAddress address, string worker)
    {
        var clip = state.ClipOf(address)!;
        var stage = clip.Stage(address.StageId);
        return (StageJson.Serialize(stage), ArtefactDecisions.Find(state, address, stage.Inputs), Sources.Of(clip, stage, worker));
    }

    private static IEnumerable<NamedBlob> Existing(FarmSnapshot before, StageAddress stage) =>
        before.State.ClipOf(stage) is { } clip
            ? clip.Artefacts.Select(artefact => new NamedBlob(artefact.Key, artefact.Value))
            : [];

    private IActorRef? OwnerOf(FarmState state, OffloadAddress offload) =>
        OffloadDecisions.OwnerOf(state, offload) is { } owner ? workers.Find(owner) : null;

    private void EndLease(AttemptAddress attempt)
    {
        leases.End(attempt);
        watchers.Changed(attempt.Stage.Batch);
    }

    private void EndClip(FarmState state, string batch, int row)
    {
        watchers.Changed(batch);
        var known = state.Batches[batch];
        if (known.Keeps(known.Clips[row]))
            _kept.Add((batch, row));
        else
            Discard(_uses.Release(known.Clips[row]));
        if (known.EndedAt is null)
            return;
        foreach (var failed in known.Clips.Values.Where(clip => _kept.Remove((batch, clip.Row))))
            Discard(_uses.Release(failed));
    }

    /// <summary>Uses the artefacts of a retried clip again, except those that are made anew.</summary>
    private void Reopen(FarmState before, FarmEvents.ClipRetried retried)
    {
        var clip = before.Batches[retried.Batch].Clips[retried.Row];
        if (!_kept.Remove((retried.Batch, retried.Row)))
        {
            var made = clip.Artefacts.Where(
                artefact => !clip.Plan.ExternalInputs.ContainsKey(artefact.Key) && artefact.Key != clip.Plan.Clip);
            _uses.Add(made.Select(artefact => new NamedBlob(artefact.Key, artefact.Value)));
        }

        var anew = clip.Plan.Stages.Where(stage => retried.Stages.Contains(stage.Id)).SelectMany(stage => stage.Outputs);
        Discard(_uses.Release(clip, anew.Where(clip.Artefacts.ContainsKey).ToList()));
    }

    private void Discard(IReadOnlyList<BlobRef> unused)
    {
        foreach (var blob in unused)
            muxing.Discard(blob);
    }
}
