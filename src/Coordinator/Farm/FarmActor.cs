using Akka.Actor;
using Microsoft.Extensions.Options;
using MlxVideo.Coordinator.Logging;
using MlxVideo.Coordinator.Offloading;
using MlxVideo.Coordinator.Tracing;
using MlxVideo.Farm;
using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Farm.Views;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Time;

namespace MlxVideo.Coordinator.Farm;

/// <summary>
/// The farm's actor: a thin shell that passes messages to a <see cref="FarmAggregate"/> and has <see cref="FarmEffects"/> carry out the
/// resulting events.
/// </summary>
public sealed class FarmActor : ReceiveActor, IWithTimers
{
    private readonly FarmOptions _options;
    private readonly SchedulingOptions _scheduling;
    private readonly MonotonicTimeProvider _time;
    private readonly IClipMuxing _muxing;
    private readonly ApiAddress _api;
    private readonly EvaluationRelay _relay;
    private readonly IClusterMembership _members;
    private readonly ILogger<FarmActor> _log;
    private readonly FarmAggregate _farm;
    private readonly FarmEffects _effects;
    private readonly Dictionary<string, IActorRef> _workers = new(StringComparer.Ordinal);
    private readonly MemoryReports _memory = new();
    private readonly BatchWatchers _watchers = new();
    private readonly Leases _leases;
    private readonly HashSet<AttemptAddress> _muxes = [];
    private readonly MuxBackoff _muxBackoff = new();
    private readonly CancellationTokenSource _stopping = new();
    private string? _problem;

    /// <param name="options">Protocol timeouts.</param>
    /// <param name="policy">Assigns stages to workers.</param>
    /// <param name="muxing">Muxes decoded tiles into clips.</param>
    /// <param name="api">Address of the blob store for workers, once it listens.</param>
    /// <param name="relay">Carries the data of offloaded evaluations between workers.</param>
    /// <param name="members">The cluster nodes; workers on other nodes are not admitted.</param>
    public FarmActor(
        IOptions<FarmOptions> options, IOptions<SchedulingOptions> scheduling, ISchedulingPolicy policy, TimeProvider time,
        IClipMuxing muxing, ApiAddress api, EvaluationRelay relay, TraceFiles traces, IClusterMembership members,
        ILogger<FarmActor> log)
    {
        (_options, _scheduling, _time, _muxing, _api, _relay, _members, _log) =
            (options.Value, scheduling.Value, new MonotonicTimeProvider(time), muxing, api, relay, members, log);
        _farm = new FarmAggregate(policy);
        _leases = new Leases(_options.Lease);
        _effects = new FarmEffects(_farm, _workers, _leases, _watchers, muxing, relay, new FarmTracing(traces), log);

        Receive<WorkerHello>(OnHello);
        Receive<IncumbentWorkers.Answer>(OnIncumbentAnswer);
        Receive<WorkerGoodbye>(OnGoodbye);
        Receive<Terminated>(gone => LoseRef(gone.ActorRef));
        Receive<WorkerResident>(OnResident);
        Receive<WorkerLink>(link => _farm.Record(link.ToCommand()));
        Receive<AttemptProgress>(OnProgress);
        Receive<AttemptDone>(OnDone);
        Receive<AttemptFailed>(OnFailed);
        Receive<OffloadReady>(OnOffloadReady);
        Receive<OffloadFailed>(OnOffloadFailed);
        Receive<MuxEnded>(OnMuxEnded);
        Receive<Tick>(_ => OnTick());
        Receive<ViewTick>(_ => TellWatchers());
        Receive<FarmQueries.Submit>(OnSubmit);
        Receive<FarmQueries.GetBatch>(OnGetBatch);
        Receive<FarmQueries.CancelBatch>(OnCancelBatch);
        Receive<FarmQueries.GetBatches>(_ => Sender.Tell(BatchViews.List(_farm.State)));
        Receive<FarmQueries.GetFarm>(_ => Sender.Tell(_memory.Status(_farm.State) with { Problem = _muxing.StorageProblem }));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private DateTimeOffset Now => _time.GetUtcNow();

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, _options.TickInterval);
        Timers.StartPeriodicTimer(nameof(ViewTick), ViewTick.Instance, _options.ViewInterval);
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
        _relay.CloseAll(); // completes pending requests
    }

    private void OnHello(WorkerHello hello)
    {
        // Either the API does not listen yet, or the node was removed while asleep and is not aware of it: messages to it would be lost.
        if (_api.Value is not { } api || !_members.Includes(Sender.Path.Address))
            return; // the worker sends its hello again
        if (hello.Capabilities is not { Arithmetic.Length: > 0 })
        {
            Sender.Tell(
                new WorkerRefused(
                    "The worker did not report its capabilities: update this worker to the coordinator's version."));
            return;
        }

        if (_workers.GetValueOrDefault(hello.WorkerId) is { } incumbent
            && _farm.State.Workers.GetValueOrDefault(hello.WorkerId)?.Epoch != hello.Epoch)
            IncumbentWorkers.Challenge(incumbent, hello, Sender, Self);
        else
            Admit(hello, api);
    }

    private void OnIncumbentAnswer(IncumbentWorkers.Answer answer)
    {
        var hello = answer.Hello;
        if (answer.IsAlive && _workers.GetValueOrDefault(hello.WorkerId) is { } incumbent && incumbent.Equals(answer.Incumbent))
        {
            var name = _farm.State.Workers.GetValueOrDefault(hello.WorkerId)?.Name ?? hello.Name;
            _log.WorkerRefused(hello.Name, Sender.Path.Address, name);
            Sender.Tell(IncumbentWorkers.Refusal(name, incumbent));
        }
        else
            Admit(hello, _api.Value!);
    }

    private void Admit(WorkerHello hello, Uri api)
    {
        if (_workers.GetValueOrDefault(hello.WorkerId) is { } known && !known.Equals(Sender))
            Context.Unwatch(known);
        _workers[hello.WorkerId] = Sender;
        Context.Watch(Sender);
        Sender.Tell(new WorkerWelcome(api.ToString(), _options.Lease.TotalSeconds));
        if (Commit(() => _farm.Register(hello.ToCommand(), Now)))
        {
            if (hello.Capabilities.Unfit is { } reason)
                _log.WorkerUnfit(hello.Name, reason);
            else
                _log.WorkerJoined(hello.Name, hello.Device);
        }
    }

    private void OnGoodbye(WorkerGoodbye goodbye)
    {
        // The goodbye of an earlier process may arrive after the hello of its successor.
        if (_farm.State.Workers.GetValueOrDefault(goodbye.WorkerId)?.Epoch == goodbye.Epoch)
            Lose(goodbye.WorkerId, FailureKind.Preempted, "it left the farm");
    }

    private void LoseRef(IActorRef reference)
    {
        foreach (var id in _workers.Where(worker => worker.Value.Equals(reference)).Select(worker => worker.Key).ToList())
            Lose(id, FailureKind.Machine, "its process ended");
    }

    private void Lose(string workerId, FailureKind kind, string reason)
    {
        if (_farm.State.Workers.TryGetValue(workerId, out var worker))
            _log.WorkerRemoved(worker.Name, reason);
        _memory.Forget(workerId);
        if (_workers.Remove(workerId, out var reference))
            Context.Unwatch(reference);
        Commit(() => _farm.Remove(workerId, kind, reason, Now));
    }

    private void OnResident(WorkerResident resident)
    {
        _farm.Record(resident.ToCommand());
        Change(() => _farm.ChangeCondition(resident.WorkerId, resident.Problem, Now));
        GiveOutWork();
    }

    /// <summary>
    /// Returns true for a worker in the farm. Reports of a lost worker are not answered: its next hello lists the attempts that may be
    /// resumed.
    /// </summary>
    private bool IsKnown(IActorRef sender) => _workers.ContainsValue(sender);

    private void OnProgress(AttemptProgress progress)
    {
        if (_workers.FirstOrDefault(worker => worker.Value.Equals(Sender)).Key is not { } worker)
            return;
        _memory.Record(worker, progress);
        var known = _farm.Profiles.Steps;
        if (!_farm.Progress(progress.ToCommand(), Now))
        {
            Sender.Tell(new CancelAttempt(progress.Attempt));
            return;
        }

        // Stages are not assigned after every step; the next tick does so.
        _leases.Grant(progress.Attempt, Now);
        if (_farm.Profiles.Steps != known)
            _watchers.Changed(progress.Attempt.Stage.Batch);
    }

    private void OnDone(AttemptDone report)
    {
        if (!IsKnown(Sender))
            return;
        Sender.Tell(new ReportAcknowledged(report.Attempt));
        var missing = report.Outputs.FirstOrDefault(output => !_muxing.IsStored(output.Blob));
        var isTaken = Commit(() => missing is null
            ? _farm.Done(report.ToCommand(), Now)
            : _farm.Fail(report.Attempt, FailureKind.Machine, $"output '{missing.Name}' did not arrive", Now));
        if (!isTaken)
            _log.LateResult(report.Attempt);
    }

    private void OnFailed(AttemptFailed report)
    {
        if (!IsKnown(Sender))
            return;
        _log.AttemptFailed(report.Attempt, report.Kind, report.Message);
        Sender.Tell(new ReportAcknowledged(report.Attempt));
        CommitFailure(report.Kind, () => _farm.Fail(report.Attempt, report.Kind, report.Message, Now));
    }

    private void OnOffloadReady(OffloadReady ready)
    {
        if (OffloadDecisions.Find(_farm.State, ready.Offload) is null)
            Sender.Tell(new CancelOffload(ready.Offload));
        else
            Commit(() => _farm.OffloadReady(ready.Offload, Now));
    }

    private void OnOffloadFailed(OffloadFailed failed)
    {
        if (CommitFailure(failed.Kind, () => _farm.FailOffload(failed.Offload, failed.Kind, Now)))
            _log.OffloadEnded(failed.Offload, failed.Kind, failed.Message);
    }

    /// <summary>Handles the effects of time alone: expired leases, and decisions that depend on workers' hours and on late steps.</summary>
    private void OnTick()
    {
        foreach (var attempt in _leases.Expired(Now))
        {
            if (_farm.State.StatusOf(attempt.Stage)?.Find(attempt.Number) is { } silent)
                Lose(silent.Worker, FailureKind.Machine, $"its lease of {_options.Lease.TotalSeconds:0} s expired");
        }

        ShowStorageProblem();
        Commit(() => _farm.EndOverdueOffload(Now));
    }

    private void ShowStorageProblem()
    {
        _muxing.RecheckStorage();
        if (_problem == _muxing.StorageProblem)
            return;
        _problem = _muxing.StorageProblem;
        foreach (var batch in _farm.State.Open)
            _watchers.Changed(batch);
    }

    private void OnSubmit(FarmQueries.Submit submit)
    {
        var id = $"b{Now:yyyyMMdd-HHmmss}-{_farm.State.Batches.Count + 1}";
        Commit(() => _farm.Submit(id, submit.Batch.ToCommand(), Now));
        if (FarmDecisions.FindByToken(_farm.State, submit.Batch.ClientToken) is { } batch)
            Sender.Tell(new BatchCreated(batch.Id, batch.Model));
        else
            Sender.Tell(new FarmQueries.SubmissionRefused(ModelSelection.Choose(_farm.State, submit.Batch.Model).Error!));
    }

    private void OnGetBatch(FarmQueries.GetBatch query)
    {
        if (query.After == _watchers.VersionOf(query.Id) && _farm.State.Batches.TryGetValue(query.Id, out var batch)
            && batch.EndedAt is null)
            _watchers.Wait(query.Id, query.After.Value, Sender, Now + query.Wait);
        else
            Sender.Tell(new FarmQueries.BatchAnswer(ViewOf(query.Id)));
    }

    private void OnCancelBatch(FarmQueries.CancelBatch query)
    {
        Commit(() => _farm.Cancel(query.Id, Now));
        Sender.Tell(new FarmQueries.BatchAnswer(ViewOf(query.Id)));
    }

    private void TellWatchers()
    {
        foreach (var (batch, watcher) in _watchers.TakeDue(Now))
            watcher.Tell(new FarmQueries.BatchAnswer(ViewOf(batch)));
    }

    private BatchView? ViewOf(string batchId) =>
        _farm.State.Batches.TryGetValue(batchId, out var batch) ? Show(batch) : null;

    private BatchView Show(Batch batch) =>
        BatchViews.Of(_farm.Snapshot, batch, _watchers.VersionOf(batch.Id), _scheduling, Now) with
        {
            Problem = batch.EndedAt is null ? _muxing.StorageProblem : null,
        };

    /// <summary>Changes the farm, carries out the resulting effects, and assigns stages.</summary>
    /// <returns>True when something changed.</returns>
    private bool Commit(Func<IReadOnlyList<IFarmEvent>> change)
    {
        var events = Change(change);
        GiveOutWork();
        return events.Count > 0;
    }

    /// <summary>
    /// Changes the farm after a failure. If an immediate retry would only fail again, no attempt starts before the next tick.
    /// </summary>
    private bool CommitFailure(FailureKind kind, Func<IReadOnlyList<IFarmEvent>> change) =>
        FailureCharges.IsTransient(kind) ? Change(change).Count > 0 : Commit(change);

    private IReadOnlyList<IFarmEvent> Change(Func<IReadOnlyList<IFarmEvent>> change)
    {
        var before = _farm.Snapshot;
        var events = change();
        foreach (var happened in events)
            _effects.Apply(before, happened);
        return events;
    }

    private void GiveOutWork()
    {
        // Without storage, results would be lost. Muxing continues because it frees space.
        if (_muxing.StorageProblem is null)
            Schedule();
        StartMuxes();
    }

    private void Schedule()
    {
        IReadOnlyList<Prefetch> prefetches = [];
        _farm.WallClockOffset = _time.WallClockOffset;
        Change(() =>
        {
            (var events, prefetches) = _farm.Schedule(Now);
            return events;
        });
        foreach (var prefetch in prefetches)
            _workers.GetValueOrDefault(prefetch.Worker)?.Tell(new PrefetchComponent(prefetch.Component));
    }

    private void StartMuxes()
    {
        while (_muxes.Count < _options.ConcurrentMuxes && _farm.State.Local.Find(stage => _muxBackoff.IsDue(stage, Now)) is { } address)
        {
            Change(() => _farm.StartLocal(address, BatchViews.LocalWorker, Now));
            var clip = _farm.State.ClipOf(address)!;
            var attempt = new AttemptAddress(address, clip.Stages[address.StageId].Attempt);
            _muxes.Add(attempt);
            _muxing.MuxAsync((MuxStage)clip.Stage(address.StageId), clip.Artefacts, _stopping.Token).PipeTo(
                Self,
                success: muxed => new MuxEnded(attempt, muxed, null),
                failure: ex => new MuxEnded(attempt, null, FailureOf(ex)));
        }
    }

    private void OnMuxEnded(MuxEnded ended)
    {
        _muxes.Remove(ended.Attempt);
        if (ended.Failure is not { } failure)
        {
            _muxBackoff.Forget(ended.Attempt.Stage);
            Commit(() => _farm.Finish(new CompleteAttempt(ended.Attempt, [ended.Clip!.Blob]), ended.Clip.Framemd5, Now));
            return;
        }

        _log.AttemptFailed(ended.Attempt, failure.Kind, failure.Message);
        _muxBackoff.Failed(ended.Attempt.Stage, Now);
        Commit(() => _farm.Fail(ended.Attempt, failure.Kind, failure.Message, Now));
        if (_farm.State.ClipOf(ended.Attempt.Stage) is not { IsOpen: true })
            _muxBackoff.Forget(ended.Attempt.Stage);
    }

    private static ClipMuxingException FailureOf(Exception ex)
    {
        var cause = (ex as AggregateException)?.InnerException ?? ex;
        return cause as ClipMuxingException ?? new ClipMuxingException(FailureKind.Coordinator, cause.Message, cause);
    }

    private sealed record MuxEnded(AttemptAddress Attempt, MuxedClip? Clip, ClipMuxingException? Failure)
        : INoSerializationVerificationNeeded;

    private sealed record Tick : INoSerializationVerificationNeeded
    {
        public static Tick Instance { get; } = new();
    }

    private sealed record ViewTick : INoSerializationVerificationNeeded
    {
        public static ViewTick Instance { get; } = new();
    }
}
