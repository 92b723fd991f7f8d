using System.Globalization;
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
/// Decides the consequences of commands and reports: the events to apply, none when nothing changes. Pure; the time is a parameter.
/// </summary>
public static class FarmDecisions
{
    /// <summary>Number of distinct workers on which a stage may fail before its clip fails.</summary>
    public const int MaxFailedWorkers = 3;

    /// <summary>Number of failures of a stage, on any workers, before its clip fails.</summary>
    public const int MaxFailures = 5;

    private const int MaxLiveAttempts = 2;

    /// <summary>
    /// Accepts a batch. A repeated client token changes nothing, and neither does a request for a model that can't be chosen
    /// (<see cref="ModelSelection"/> gives the reason).
    /// </summary>
    public static IReadOnlyList<IFarmEvent> Submit(FarmState state, string newId, BatchRequest request, DateTimeOffset now) =>
        FindByToken(state, request.ClientToken) is null && !state.Archived.ContainsKey(request.ClientToken)
        && BatchModels.Choose(state, request) is { Error: null } models
            ? [new FarmEvents.BatchSubmitted(newId, models.Resolve(request), models.Own.Model, models.Own.Binding, now),
                .. models.BindingsOfRows.Select(binding => new FarmEvents.BatchBound(newId, binding, now))]
            : [];

    /// <summary>Returns why a request names a model that can't be chosen, in one sentence; null when all can.</summary>
    public static string? ModelError(FarmState state, BatchRequest request) => BatchModels.Choose(state, request).Error;

    /// <summary>Returns the batch submitted with a client token; null when there is none, or when it is in the archive.</summary>
    public static Batch? FindByToken(FarmState state, string clientToken) =>
        state.Batches.Values.FirstOrDefault(batch => batch.ClientToken == clientToken);

    /// <summary>Cancels the rest of a batch.</summary>
    public static IReadOnlyList<IFarmEvent> Cancel(FarmState state, string batchId, DateTimeOffset now) =>
        state.Batches.TryGetValue(batchId, out var batch) && batch.EndedAt is null
            ? [.. batch.Started.Concat(batch.Waiting).SelectMany(clip => AbandonClip(batch, clip.Row, now)),
                new FarmEvents.BatchCancelled(batchId, now)]
            : [];

    /// <summary>Returns the batch of an event that may end it; null for all other events.</summary>
    public static string? BatchOfEndedClip(IFarmEvent happened) => happened switch
    {
        FarmEvents.ClipFinished e => e.Batch,
        FarmEvents.ClipFailed e => e.Batch,
        FarmEvents.BatchCancelled e => e.Batch,
        _ => null,
    };

    /// <summary>Removes an ended batch from the state; its details are in the archive.</summary>
    public static IReadOnlyList<IFarmEvent> Archive(FarmState state, string batchId, DateTimeOffset now) =>
        state.Batches.TryGetValue(batchId, out var batch) && batch.EndedAt is not null
            ? [new FarmEvents.BatchArchived(batchId, now)]
            : [];

    /// <summary>
    /// Registers a worker. The attempt of an earlier epoch is lost, unless the new process has its result, which the earlier one stored.
    /// </summary>
    public static IReadOnlyList<IFarmEvent> Hello(FarmState state, RegisterWorker hello, DateTimeOffset now)
    {
        if (state.Workers.TryGetValue(hello.WorkerId, out var known) && known.Epoch == hello.Epoch)
            return [];
        var joined = new FarmEvents.WorkerJoined(
            hello.WorkerId, hello.Epoch, hello.Name, hello.Device, hello.Model, hello.ModelName, hello.Capabilities, now);
        var lost = known is null ? [] : LoseProcess(state, known, hello.Held, now);
        return
        [
            .. lost,
            joined,
            .. Resume(lost.Aggregate(state, FarmReducer.Apply), hello, now),
            .. hello.Capabilities.Unfit is null ? Bind(state, new ModelBinding(hello.Model, hello.Capabilities.Arithmetic), now) : [],
        ];
    }

    /// <summary>Ends the attempt of a worker's earlier process.</summary>
    /// <param name="held">Attempts whose results the new process has: these are resumed, and did not fail.</param>
    private static IReadOnlyList<IFarmEvent> LoseProcess(
        FarmState state, FarmWorker worker, IReadOnlyList<AttemptAddress> held, DateTimeOffset now)
    {
        var kind = worker.Current is { } current && held.Contains(current.Address) ? FailureKind.Preempted : FailureKind.Machine;
        return Lose(state, worker.Id, kind, "the worker's process was restarted", now, isLost: true);
    }

    /// <summary>Removes a worker that left in an orderly way (preempted) or was lost (machine).</summary>
    public static IReadOnlyList<IFarmEvent> Lose(FarmState state, string workerId, FailureKind kind, string reason, DateTimeOffset now) =>
        Lose(state, workerId, kind, reason, now, isLost: kind == FailureKind.Machine);

    private static IReadOnlyList<IFarmEvent> Lose(
        FarmState state, string workerId, FailureKind kind, string reason, DateTimeOffset now, bool isLost)
    {
        if (!state.Workers.TryGetValue(workerId, out var worker))
            return [];
        var released = worker.Current is { } current
            ? EndAttempt(state, current.Address, kind, $"{worker.Name} was lost: {reason}", now, isLost)
            : [];
        return [.. released, new FarmEvents.WorkerLeft(workerId, now)];
    }

    /// <summary>Records whether a worker can run stages.</summary>
    /// <param name="problem">Why it can't, in one sentence; null when it can.</param>
    public static IReadOnlyList<IFarmEvent> ChangeCondition(FarmState state, string workerId, string? problem, DateTimeOffset now) =>
        state.Workers.TryGetValue(workerId, out var worker) && worker.Problem != problem
            ? [new FarmEvents.WorkerConditionChanged(workerId, problem, now)]
            : [];

    /// <summary>Returns the events of the scheduler's assignments, including speculative attempts.</summary>
    public static IReadOnlyList<IFarmEvent> Assign(FarmState state, IReadOnlyList<Assignment> assignments, DateTimeOffset now) =>
        assignments.Where(assignment => state.ClipOf(assignment.Stage) is { } clip // a running stage's inputs may have been lost
            && clip.HasInputsOf(clip.Stage(assignment.Stage.StageId))).Select(assignment =>
        {
            var worker = state.Workers[assignment.Worker];
            var attempt = new AttemptAddress(assignment.Stage, state.StatusOf(assignment.Stage)!.Attempt + 1);
            return (IFarmEvent)new FarmEvents.AttemptStarted(attempt, worker.Id, worker.Name, assignment.IsSpeculative, now);
        }).ToList();

    /// <summary>
    /// Reclaims a worker for a more urgent stage; the stopped stage can be retried, and this does not count as a failure.
    /// </summary>
    public static IReadOnlyList<IFarmEvent> Preempt(FarmState state, AttemptAddress attempt, DateTimeOffset now) =>
        state.StatusOf(attempt.Stage)?.Find(attempt.Number) is { } live ? [new FarmEvents.AttemptAbandoned(attempt, live.Worker, now)] : [];

    /// <summary>Starts a stage that runs on the coordinator itself.</summary>
    public static IReadOnlyList<IFarmEvent> StartLocal(FarmState state, StageAddress stage, string name, DateTimeOffset now) =>
        state.StatusOf(stage) is { State: StageState.Ready } status
            ? [new FarmEvents.AttemptStarted(new AttemptAddress(stage, status.Attempt + 1), name, name, IsSpeculative: false, now)]
            : [];

    /// <summary>
    /// Completes an attempt with stored outputs. The first of a stage's attempts wins: the others are abandoned, and stages with
    /// the same derivation key are completed as well. Stale attempts change nothing; outputs other than the stage's fail the
    /// attempt.
    /// </summary>
    public static IReadOnlyList<IFarmEvent> Done(FarmState state, CompleteAttempt report, DateTimeOffset now)
    {
        if (!IsCurrent(state, report.Attempt))
            return [];
        var stage = report.Attempt.Stage;
        var clip = state.ClipOf(stage)!;
        if (!clip.Stage(stage.StageId).Outputs.Order().SequenceEqual(report.Outputs.Select(output => output.Name).Order()))
            return EndAttempt(state, report.Attempt, FailureKind.Machine, "the worker's outputs do not match those of the stage", now);
        return
        [
            new FarmEvents.AttemptSucceeded(report.Attempt, report.Outputs, now),
            .. Abandon(clip, stage, except: report.Attempt.Number, now),
            .. Share(state, clip, stage, report.Outputs, now),
        ];
    }

    /// <summary>Completes a batch's ready stages that already have a result, made for another clip that is still open.</summary>
    public static IReadOnlyList<IFarmEvent> ShareKnown(FarmState state, string batchId, DateTimeOffset now)
    {
        var batch = state.Batches[batchId];
        var shared = new List<IFarmEvent>();
        // Thousands of clips may have the same prompt: each key is looked up only once.
        var known = new Dictionary<(string Key, ModelBinding Binding), StageAddress?>();
        foreach (var clip in batch.Clips.Values)
        {
            if (batch.BindingOf(clip) is not { } binding)
                continue;
            foreach (var stage in clip.ReadyStages().Where(stage => clip.Work[stage.Id].Component is not null))
            {
                var key = clip.Work[stage.Id].Key;
                if (!known.TryGetValue((key, binding), out var twin))
                    known.Add(
                        (key, binding), twin = state.ByKey[key]
                            .Find(other => state.StatusOf(other)!.State == StageState.Done && state.BindingOf(other) == binding));
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

    /// <summary>Completes the last stage of a clip; its result is the finished clip.</summary>
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
    /// Ends an attempt that failed or was lost. Input errors fail the clip; other failures are retried until
    /// <see cref="MaxFailedWorkers"/> workers or <see cref="MaxFailures"/> attempts have failed. Preemptions and full disks don't
    /// count, and the coordinator's own failures are not charged to a worker.
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
            ? [ended, .. FailClip(batch, row, ErrorOf(attempt.Stage, status, live, message), now)
                .Where(happened => happened is not FarmEvents.AttemptAbandoned abandoned || abandoned.Attempt != attempt)]
            : [ended];
    }

    /// <summary>Fails a clip for good, and cancels the rest of its batch when too many of its clips have failed.</summary>
    internal static IReadOnlyList<IFarmEvent> FailClip(Batch batch, int row, string error, DateTimeOffset now)
    {
        List<IFarmEvent> events = [.. AbandonClip(batch, row, now), new FarmEvents.ClipFailed(batch.Id, row, error, now)];
        var failed = batch.Clips.Values.Count(clip => clip.State == ClipState.Failed) + 1;
        var rest = batch.Started.Concat(batch.Waiting).Where(clip => clip.Row != row).ToList();
        if (failed < batch.MaxFailed || batch.MaxFailed is null || rest.Count == 0)
            return events;
        events.AddRange(rest.SelectMany(clip => AbandonClip(batch, clip.Row, now)));
        events.Add(new FarmEvents.BatchCancelled(
            batch.Id, now, string.Create(CultureInfo.InvariantCulture, $"Cancelled because {failed} rows of the batch failed.")));
        return events;
    }

    /// <summary>Returns the different errors of all attempts that count.</summary>
    private static string ErrorOf(StageAddress stage, StageStatus status, LiveAttempt last, string message)
    {
        var errors = status.Errors.Add($"{last.WorkerName}: {message}").Distinct().ToList();
        return errors.Count == 1 ? $"{stage.StageId}: {message}" : $"{stage.StageId}: {string.Join(" | ", errors)}";
    }

    /// <summary>True when the attempt is live; another attempt of its stage may be live as well.</summary>
    public static bool IsCurrent(FarmState state, AttemptAddress attempt) =>
        state.StatusOf(attempt.Stage)?.Find(attempt.Number) is not null;

    internal static IEnumerable<FarmEvents.AttemptAbandoned> AbandonClip(Batch batch, int row, DateTimeOffset now) =>
        batch.Clips[row].Stages.Keys.SelectMany(
            stageId => Abandon(batch.Clips[row], new StageAddress(batch.Id, row, stageId), except: 0, now));

    private static IEnumerable<FarmEvents.AttemptAbandoned> Abandon(Clip clip, StageAddress stage, int except, DateTimeOffset now) =>
        clip.Stages[stage.StageId].Running.Where(attempt => attempt.Number != except)
            .Select(attempt => new FarmEvents.AttemptAbandoned(new AttemptAddress(stage, attempt.Number), attempt.Worker, now));

    /// <summary>Resumes lost attempts that the worker still has, if their stages are neither done nor already raced.</summary>
    private static IEnumerable<FarmEvents.AttemptResumed> Resume(FarmState state, RegisterWorker hello, DateTimeOffset now) =>
        from attempt in hello.Held.Distinct()
        where state.StatusOf(attempt.Stage) is { State: StageState.Ready or StageState.Running, Running.Count: < MaxLiveAttempts } status
            && status.Lost.Exists(lost => lost.Number == attempt.Number && lost.Worker == hello.WorkerId)
        group attempt by attempt.Stage into stage
        select new FarmEvents.AttemptResumed(stage.MaxBy(attempt => attempt.Number)!, hello.WorkerId, now);

    private static IEnumerable<FarmEvents.BatchBound> Bind(FarmState state, ModelBinding binding, DateTimeOffset now) => state.Open
        .Where(id => state.Batches[id].AwaitsOwn(binding) || state.Batches[id].ClipsAwait(binding))
        .Select(id => new FarmEvents.BatchBound(id, binding, now));

    /// <summary>Shares a result with stages of other clips that have an equal derivation key, model and arithmetic.</summary>
    private static IEnumerable<IFarmEvent> Share(
        FarmState state, Clip clip, StageAddress done, IReadOnlyList<NamedBlob> outputs, DateTimeOffset now)
    {
        var binding = state.BindingOf(done);
        foreach (var twin in state.ByKey.GetValueOrDefault(clip.Work[done.StageId].Key, []))
        {
            var batch = state.Batches[twin.Batch];
            var status = batch.Clips[twin.Row].Stages[twin.StageId];
            if (twin == done || status.State is not (StageState.Ready or StageState.Running) || state.BindingOf(twin) != binding)
                continue;
            yield return new FarmEvents.ResultShared(twin, done, outputs, now);
            foreach (var abandoned in Abandon(batch.Clips[twin.Row], twin, except: 0, now))
                yield return abandoned;
        }
    }
}
