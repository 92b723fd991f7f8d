using System.Text.Json;
using Akka.Actor;
using MlxVideo.Coordinator.Logging;
using MlxVideo.Coordinator.Offloading;
using MlxVideo.Coordinator.Tracing;
using MlxVideo.Farm;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Farm;

/// <summary>
/// Carries out the coordinator's reaction to each event of the farm: notifies workers and watchers, maintains leases and artefacts, writes
/// traces and the log. Belongs to <see cref="FarmActor"/> and is used only on its thread.
/// </summary>
internal sealed class FarmEffects(
    FarmAggregate farm, IReadOnlyDictionary<string, IActorRef> workers, Leases leases, BatchWatchers watchers, IClipMuxing muxing,
    EvaluationRelay relay, FarmTracing tracing, ILogger log)
{
    private readonly ArtefactUses _uses = new();

    /// <summary>Carries out the effects of an event that has already been applied.</summary>
    /// <param name="before">The farm before the event.</param>
    public void Apply(FarmSnapshot before, IFarmEvent happened)
    {
        tracing.Trace(before, farm.State, happened);
        switch (happened)
        {
            case FarmEvents.BatchSubmitted submitted:
                log.BatchSubmitted(submitted.Batch, submitted.Request.Clips.Count);
                watchers.Changed(submitted.Batch);
                break;
            case FarmEvents.BatchBound bound:
                log.BatchBound(bound.Batch, ModelSelection.Shorten(bound.Binding.Model));
                watchers.Changed(bound.Batch);
                break;
            case FarmEvents.AttemptStarted started:
                watchers.Changed(started.Attempt.Stage.Batch);
                Assign(started);
                break;
            case FarmEvents.AttemptSucceeded succeeded:
                EndLease(succeeded.Attempt);
                _uses.Add(succeeded.Outputs);
                break;
            case FarmEvents.ResultShared shared:
                watchers.Changed(shared.Stage.Batch);
                _uses.Add(shared.Outputs);
                break;
            case FarmEvents.AttemptFailed ended:
                EndLease(ended.Attempt);
                break;
            case FarmEvents.AttemptResumed resumed:
                log.AttemptResumed(resumed.Attempt);
                leases.Grant(resumed.Attempt, resumed.At);
                watchers.Changed(resumed.Attempt.Stage.Batch);
                break;
            case FarmEvents.AttemptAbandoned abandoned:
                EndLease(abandoned.Attempt);
                workers.GetValueOrDefault(abandoned.Worker)?.Tell(new CancelAttempt(abandoned.Attempt));
                break;
            case FarmEvents.OffloadAssigned assigned:
                watchers.Changed(assigned.Offload.Attempt.Stage.Batch);
                AskForOffload(assigned);
                break;
            case FarmEvents.OffloadStarted began when OffloadDecisions.Find(farm.State, began.Offload) is { } helper:
                OwnerOf(began.Offload)?.Tell(new HelperJoined(began.Offload, helper.Evaluations));
                break;
            case FarmEvents.OffloadEnded ended:
                tracing.Trace(before, ended, relay.Close(ended.Offload));
                workers.GetValueOrDefault(ended.Worker)?.Tell(new CancelOffload(ended.Offload));
                OwnerOf(ended.Offload)?.Tell(new HelperLeft(ended.Offload));
                break;
            case FarmEvents.ClipFinished finished:
                log.ClipFinished(finished.Batch, finished.Row);
                EndClip(finished.Batch, finished.Row);
                break;
            case FarmEvents.ClipFailed failed:
                log.ClipFailed(failed.Batch, failed.Row, failed.Error);
                EndClip(failed.Batch, failed.Row);
                break;
            case FarmEvents.BatchCancelled cancelled:
                foreach (var clip in farm.State.Batches[cancelled.Batch].Clips.Values.Where(clip => clip.State == ClipState.Cancelled))
                    EndClip(cancelled.Batch, clip.Row);
                break;
            case FarmEvents.WorkerConditionChanged changed:
                var name = farm.State.Workers[changed.Worker].Name;
                if (changed.Problem is null)
                    log.WorkerUnblocked(name);
                else
                    log.WorkerBlocked(name, changed.Problem);
                break;
            case FarmEvents.WorkerJoined or FarmEvents.WorkerLeft:
                foreach (var batch in farm.State.Open)
                    watchers.Changed(batch);
                break;
        }
    }

    private void Assign(FarmEvents.AttemptStarted started)
    {
        if (!workers.TryGetValue(started.Worker, out var worker))
            return; // the coordinator's own stage
        leases.Grant(started.Attempt, started.At);
        var (json, inputs) = Describe(started.Attempt.Stage);
        worker.Tell(new AssignStage(started.Attempt, json, inputs));
    }

    private void AskForOffload(FarmEvents.OffloadAssigned assigned)
    {
        relay.Open(assigned.Offload);
        var (json, inputs) = Describe(assigned.Offload.Attempt.Stage);
        workers.GetValueOrDefault(assigned.Worker)?.Tell(new AssignOffload(assigned.Offload, json, inputs));
    }

    /// <summary>Returns the description of a stage for a worker.</summary>
    private (string Json, IReadOnlyList<NamedBlob> Inputs) Describe(StageAddress address)
    {
        var clip = farm.State.ClipOf(address)!;
        var stage = clip.Stage(address.StageId);
        return (StageJson.Serialize(stage),
            stage.Inputs.Select(name => new NamedBlob(name, clip.Artefacts[name])).ToList());
    }

    private IActorRef? OwnerOf(OffloadAddress offload) =>
        OffloadDecisions.OwnerOf(farm.State, offload) is { } owner ? workers.GetValueOrDefault(owner) : null;

    private void EndLease(AttemptAddress attempt)
    {
        leases.End(attempt);
        watchers.Changed(attempt.Stage.Batch);
    }

    private void EndClip(string batch, int row)
    {
        watchers.Changed(batch);
        foreach (var blob in _uses.Release(farm.State.Batches[batch].Clips[row]))
            muxing.Discard(blob);
    }
}
