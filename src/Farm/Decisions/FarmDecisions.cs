using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Decisions;

/// <summary>
/// What follows from each thing that is asked of or reported to the farm: the events to apply, none when nothing changes.
/// Pure: time comes in as a value.
/// </summary>
public static class FarmDecisions
{
    /// <summary>Distinct workers on which a stage may fail before its clip is given up.</summary>
    public const int MaxFailedWorkers = 3;

    /// <summary>Failures of a stage, on whichever workers, before its clip is given up.</summary>
    public const int MaxFailures = 5;

    private const int MaxLiveAttempts = 2;

    /// <summary>
    /// Accepts a batch. The same client token again changes nothing, and neither does a request whose model can't be chosen
    /// (<see cref="ModelSelection"/> says why).
    /// </summary>
    public static IReadOnlyList<IFarmEvent> Submit(FarmState state, string newId, BatchRequest request, DateTimeOffset now) =>
        FindByToken(state, request.ClientToken) is null && ModelSelection.Choose(state, request.Model) is { Error: null } choice
            ? [new FarmEvents.BatchSubmitted(newId, request, choice.Model, choice.Binding, now)]
            : [];

    /// <summary>The batch that was submitted under a client's token.</summary>
    public static Batch? FindByToken(FarmState state, string clientToken) =>
        state.Batches.Values.FirstOrDefault(batch => batch.ClientToken == clientToken);

    /// <summary>Gives up what is left of a batch.</summary>
    public static IReadOnlyList<IFarmEvent> Cancel(FarmState state, string batchId, DateTimeOffset now) =>
        state.Batches.TryGetValue(batchId, out var batch) && batch.EndedAt is null
            ? [.. batch.Started.Concat(batch.Waiting).SelectMany(clip => AbandonClip(batch, clip.Row, now)),
                new FarmEvents.BatchCancelled(batchId, now)]
            : [];

    /// <summary>A worker says that it is here. What an earlier epoch of it was doing is lost.</summary>
    public static IReadOnlyList<IFarmEvent> Hello(FarmState state, RegisterWorker hello, DateTimeOffset now)
    {
        if (state.Workers.TryGetValue(hello.WorkerId, out var known) && known.Epoch == hello.Epoch)
            return [];
        var joined = new FarmEvents.WorkerJoined(
            hello.WorkerId, hello.Epoch, hello.Name, hello.Device, hello.Model, hello.ModelName, hello.Capabilities, now);
        // A process that ended and was started anew has nothing left of what it was given.
        IReadOnlyList<IFarmEvent> lost = known is null
            ? []
            : Lose(state, hello.WorkerId, FailureKind.Machine, "the worker's process was started anew", now);
        return
        [
            .. lost,
            joined,
            .. Resume(state, hello, now),
            .. Bind(state, new ModelBinding(hello.Model, hello.Capabilities.Arithmetic), now),
        ];
    }

    /// <summary>A worker left in order (preempted) or was lost (machine).</summary>
    public static IReadOnlyList<IFarmEvent> Lose(FarmState state, string workerId, FailureKind kind, string reason, DateTimeOffset now)
    {
        if (!state.Workers.TryGetValue(workerId, out var worker))
            return [];
        var released = worker.Current is { } current
            ? EndAttempt(state, current.Address, kind, $"{worker.Name} was lost: {reason}", now, isLost: kind == FailureKind.Machine)
            : [];
        return [.. released, new FarmEvents.WorkerLeft(workerId, now)];
    }

    /// <summary>A worker tells whether it can run stages.</summary>
    /// <param name="state">The farm.</param>
    /// <param name="workerId">The worker.</param>
    /// <param name="problem">Why it can't; null when it can.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<IFarmEvent> ChangeCondition(FarmState state, string workerId, string? problem, DateTimeOffset now) =>
        state.Workers.TryGetValue(workerId, out var worker) && worker.Problem != problem
            ? [new FarmEvents.WorkerConditionChanged(workerId, problem, now)]
            : [];

    /// <summary>The events of the scheduler's assignments and copies.</summary>
    public static IReadOnlyList<IFarmEvent> Assign(FarmState state, IReadOnlyList<Assignment> assignments, DateTimeOffset now) =>
        assignments.Select(assignment =>
        {
            var worker = state.Workers[assignment.Worker];
            var attempt = new AttemptAddress(assignment.Stage, state.StatusOf(assignment.Stage)!.Attempt + 1);
            return (IFarmEvent)new FarmEvents.AttemptStarted(attempt, worker.Id, worker.Name, assignment.IsSpeculative, now);
        }).ToList();

    /// <summary>Takes a worker back for something more urgent; the stage can be tried again, and it counts for nothing.</summary>
    public static IReadOnlyList<IFarmEvent> Preempt(FarmState state, AttemptAddress attempt, DateTimeOffset now) =>
        state.StatusOf(attempt.Stage)?.Find(attempt.Number) is { } live ? [new FarmEvents.AttemptAbandoned(attempt, live.Worker, now)] : [];

    /// <summary>The coordinator itself starts a stage that needs no worker.</summary>
    public static IReadOnlyList<IFarmEvent> StartLocal(FarmState state, StageAddress stage, string name, DateTimeOffset now) =>
        state.StatusOf(stage) is { State: StageState.Ready } status
            ? [new FarmEvents.AttemptStarted(new AttemptAddress(stage, status.Attempt + 1), name, name, IsSpeculative: false, now)]
            : [];

    /// <summary>
    /// An attempt's outputs are stored: the first of a stage's attempts wins, its copies are abandoned, and stages of the same
    /// derivation key are done too. Stale attempts and incomplete outputs change nothing.
    /// </summary>
    public static IReadOnlyList<IFarmEvent> Done(FarmState state, CompleteAttempt report, DateTimeOffset now)
    {
        if (!IsCurrent(state, report.Attempt))
            return [];
        var stage = report.Attempt.Stage;
        var clip = state.ClipOf(stage)!;
        if (!clip.Stage(stage.StageId).Outputs.Order().SequenceEqual(report.Outputs.Select(output => output.Name).Order()))
            return EndAttempt(state, report.Attempt, FailureKind.Machine, "the worker reported other outputs than the stage has", now);
        return
        [
            new FarmEvents.AttemptSucceeded(report.Attempt, report.Outputs, now),
            .. Abandon(clip, stage, except: report.Attempt.Number, now),
            .. Share(state, clip, stage, report.Outputs, now),
        ];
    }

    /// <summary>Ready stages of a batch whose result is there already, made for another clip that is still open.</summary>
    public static IReadOnlyList<IFarmEvent> ShareKnown(FarmState state, string batchId, DateTimeOffset now)
    {
        var batch = state.Batches[batchId];
        if (batch.Binding is null)
            return [];
        var shared = new List<IFarmEvent>();
        // Thousands of clips may have the same prompt: what is there is looked up once for each key.
        var known = new Dictionary<string, StageAddress?>(StringComparer.Ordinal);
        foreach (var clip in batch.Clips.Values)
        {
            foreach (var stage in clip.ReadyStages().Where(stage => clip.Work[stage.Id].Component is not null))
            {
                var key = clip.Work[stage.Id].Key;
                if (!known.TryGetValue(key, out var twin))
                    known.Add(
                        key, twin = state.ByKey[key]
                            .Find(other =>
                                state.StatusOf(other)!.State == StageState.Done && batch.Binding == state.Batches[other.Batch].Binding));
                if (twin is null)
                    continue;
                var made = state.ClipOf(twin)!;
                shared.Add(new FarmEvents.ResultShared(
                    new StageAddress(batchId, clip.Row, stage.Id), twin,
                    stage.Outputs.Select(output => new NamedBlob(output, made.Artefacts[output])).ToList(), now));
            }
        }

        return shared;
    }

    /// <summary>The last stage of a clip is done: its result is the clip.</summary>
    public static IReadOnlyList<IFarmEvent> Finish(FarmState state, CompleteAttempt report, string framemd5, DateTimeOffset now)
    {
        var done = Done(state, report, now);
        if (done is not [FarmEvents.AttemptSucceeded])
            return done;
        var stage = report.Attempt.Stage;
        var blob = report.Outputs.Single(output => output.Name == state.ClipOf(stage)!.Plan.Clip).Blob;
        return [.. done, new FarmEvents.ClipFinished(stage.Batch, stage.Row, blob, framemd5, now)];
    }

    /// <summary>
    /// An attempt failed or was lost. Faults of the input fail the clip; others are tried again until
    /// <see cref="MaxFailedWorkers"/> workers or <see cref="MaxFailures"/> attempts have failed. Attempts that were preempted
    /// or found a full disk don't count, and the coordinator's own failures count against no worker.
    /// </summary>
    public static IReadOnlyList<IFarmEvent> EndAttempt(
        FarmState state, AttemptAddress attempt, FailureKind kind, string message, DateTimeOffset now, bool isLost = false)
    {
        if (!IsCurrent(state, attempt))
            return [];
        var status = state.StatusOf(attempt.Stage)!;
        var live = status.Find(attempt.Number)!;
        var ended = new FarmEvents.AttemptFailed(attempt, kind, message, now, isLost);
        var failedOn = FailureCharges.ChargedTo(kind, live.Worker) is { } charged ? status.FailedOn.Add(charged) : status.FailedOn;
        var failedWorkers = failedOn.Where(worker => worker != FailureCharges.Coordinator).Distinct().Count();
        var givenUp = kind == FailureKind.Input || failedWorkers >= MaxFailedWorkers || failedOn.Count >= MaxFailures;
        var (batch, row) = (state.Batches[attempt.Stage.Batch], attempt.Stage.Row);
        return givenUp
            ? [ended, .. AbandonClip(batch, row, now).Where(abandoned => abandoned.Attempt != attempt),
                new FarmEvents.ClipFailed(batch.Id, row, $"{attempt.Stage.StageId}: {message}", now)]
            : [ended];
    }

    /// <summary>True when the attempt is live: another of the same stage may be too.</summary>
    public static bool IsCurrent(FarmState state, AttemptAddress attempt) =>
        state.StatusOf(attempt.Stage)?.Find(attempt.Number) is not null;

    private static IEnumerable<FarmEvents.AttemptAbandoned> AbandonClip(Batch batch, int row, DateTimeOffset now) =>
        batch.Clips[row].Stages.Keys.SelectMany(
            stageId => Abandon(batch.Clips[row], new StageAddress(batch.Id, row, stageId), except: 0, now));

    private static IEnumerable<FarmEvents.AttemptAbandoned> Abandon(Clip clip, StageAddress stage, int except, DateTimeOffset now) =>
        clip.Stages[stage.StageId].Running.Where(attempt => attempt.Number != except)
            .Select(attempt => new FarmEvents.AttemptAbandoned(new AttemptAddress(stage, attempt.Number), attempt.Worker, now));

    /// <summary>Lost attempts that the worker still has, where the stage is not done and is not raced already.</summary>
    private static IEnumerable<FarmEvents.AttemptResumed> Resume(FarmState state, RegisterWorker hello, DateTimeOffset now) =>
        from attempt in hello.Held.Distinct()
        where state.StatusOf(attempt.Stage) is { State: StageState.Ready or StageState.Running, Running.Count: < MaxLiveAttempts } status
            && status.Lost.Exists(lost => lost.Number == attempt.Number && lost.Worker == hello.WorkerId)
        group attempt by attempt.Stage into stage
        select new FarmEvents.AttemptResumed(stage.MaxBy(attempt => attempt.Number)!, hello.WorkerId, now);

    private static IEnumerable<FarmEvents.BatchBound> Bind(FarmState state, ModelBinding binding, DateTimeOffset now) => state.Open
        .Where(id => state.Batches[id] is { Binding: null } batch && (batch.Model ?? binding.Model) == binding.Model)
        .Select(id => new FarmEvents.BatchBound(id, binding, now));

    /// <summary>Stages of other clips that have the same derivation key, model and arithmetic: this result is theirs.</summary>
    private static IEnumerable<IFarmEvent> Share(
        FarmState state, Clip clip, StageAddress done, IReadOnlyList<NamedBlob> outputs, DateTimeOffset now)
    {
        var binding = state.Batches[done.Batch].Binding;
        foreach (var twin in state.ByKey.GetValueOrDefault(clip.Work[done.StageId].Key, []))
        {
            var batch = state.Batches[twin.Batch];
            var status = batch.Clips[twin.Row].Stages[twin.StageId];
            if (twin == done || status.State is not (StageState.Ready or StageState.Running) || batch.Binding != binding)
                continue;
            yield return new FarmEvents.ResultShared(twin, done, outputs, now);
            foreach (var abandoned in Abandon(batch.Clips[twin.Row], twin, except: 0, now))
                yield return abandoned;
        }
    }
}
