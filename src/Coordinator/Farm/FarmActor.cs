using System.Text.Json;
using Akka.Actor;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Farm;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders.Stages;
using MlxVideo.Shared.Scheduling;

namespace MlxVideo.Coordinator.Farm;

/// <summary>
/// The farm: a thin shell that turns messages into decisions (<see cref="FarmDecisions"/>), applies their events, and
/// carries out what follows: assignments, acknowledgements, cancellations, muxing, answers to watchers.
/// </summary>
public sealed class FarmActor : ReceiveActor, IWithTimers
{
    private readonly FarmOptions _options;
    private readonly TimeProvider _time;
    private readonly IClipMuxing _muxing;
    private readonly ApiAddress _api;
    private readonly ILogger<FarmActor> _log;
    private readonly Dictionary<string, IActorRef> _workers = new(StringComparer.Ordinal);
    private readonly BatchWatchers _watchers = new();
    private readonly Leases _leases;
    private readonly ArtefactUses _uses = new();
    private readonly HashSet<AttemptAddress> _muxes = [];
    private readonly CancellationTokenSource _stopping = new();
    private FarmState _state = FarmState.Empty;
    private StageTimes _times = StageTimes.None;

    /// <param name="options">Times of the work protocol.</param>
    /// <param name="time">The clock.</param>
    /// <param name="muxing">Makes clips of decoded tiles.</param>
    /// <param name="api">Where workers find the blob store, once it listens.</param>
    /// <param name="log">What people who run the coordinator should know.</param>
    public FarmActor(FarmOptions options, TimeProvider time, IClipMuxing muxing, ApiAddress api, ILogger<FarmActor> log)
    {
        (_options, _time, _muxing, _api, _log) = (options, time, muxing, api, log);
        _leases = new Leases(options.Lease);

        Receive<WorkerHello>(Welcome);
        Receive<WorkerGoodbye>(goodbye => Lose(goodbye.WorkerId, FailureKind.Preempted, "it left"));
        Receive<Terminated>(gone => LoseRef(gone.ActorRef));
        Receive<AttemptProgress>(OnProgress);
        Receive<AttemptDone>(OnDone);
        Receive<AttemptFailed>(OnFailed);
        Receive<MuxEnded>(OnMuxEnded);
        Receive<LeaseTick>(_ => CheckLeases());
        Receive<ViewTick>(_ => TellWatchers());
        Receive<FarmQueries.Submit>(OnSubmit);
        Receive<FarmQueries.GetBatch>(OnGetBatch);
        Receive<FarmQueries.CancelBatch>(OnCancelBatch);
        Receive<FarmQueries.GetFarm>(_ => Sender.Tell(BatchViews.Status(_state)));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private DateTimeOffset Now => _time.GetUtcNow();

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(LeaseTick), LeaseTick.Instance, _options.LeaseCheck);
        Timers.StartPeriodicTimer(nameof(ViewTick), ViewTick.Instance, _options.ViewInterval);
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private void Welcome(WorkerHello hello)
    {
        if (_api.Value is not { } api)
            return; // not listening yet: the worker says hello again
        if (_workers.GetValueOrDefault(hello.WorkerId) is { } known && !known.Equals(Sender))
            Context.Unwatch(known);
        _workers[hello.WorkerId] = Sender;
        Context.Watch(Sender);
        var events = FarmDecisions.Hello(_state, hello, Now);
        if (events.Count > 0)
            _log.LogInformation("Worker {Worker} joined on {Device}.", hello.Name, hello.Device);
        Sender.Tell(new WorkerWelcome(api.ToString(), _options.Lease.TotalSeconds));
        Commit(events);
    }

    private void LoseRef(IActorRef reference)
    {
        foreach (var id in _workers.Where(worker => worker.Value.Equals(reference)).Select(worker => worker.Key).ToList())
            Lose(id, FailureKind.Machine, "its process ended");
    }

    private void Lose(string workerId, FailureKind kind, string reason)
    {
        var events = FarmDecisions.Lose(_state, workerId, kind, reason, Now);
        if (events.Count > 0)
            _log.LogWarning("Worker {Worker} is out: {Reason}.", _state.Workers[workerId].Name, reason);
        if (_workers.Remove(workerId, out var reference))
            Context.Unwatch(reference);
        Commit(events);
    }

    private void OnProgress(AttemptProgress progress)
    {
        if (!FarmDecisions.IsCurrent(_state, progress.Attempt))
        {
            Sender.Tell(new CancelAttempt(progress.Attempt));
            return;
        }

        if (_leases.Renew(progress, Now))
            _watchers.Changed(progress.Attempt.Task.Batch);
    }

    private void OnDone(AttemptDone report)
    {
        var missing = report.Outputs.FirstOrDefault(output => !_muxing.IsStored(output.Blob));
        var events = missing is null
            ? FarmDecisions.Done(_state, report, Now)
            : FarmDecisions.EndAttempt(_state, report.Attempt, FailureKind.Machine, $"output '{missing.Name}' did not arrive", Now);
        if (events.Count == 0)
            _log.LogInformation("Refused a result of {Attempt}: the attempt is no longer the current one.", report.Attempt);
        Sender.Tell(new ReportAcknowledged(report.Attempt));
        Commit(events);
    }

    private void OnFailed(AttemptFailed report)
    {
        _log.LogWarning("{Attempt} failed ({Kind}): {Message}", report.Attempt, report.Kind, report.Message);
        Sender.Tell(new ReportAcknowledged(report.Attempt));
        Commit(FarmDecisions.EndAttempt(_state, report.Attempt, report.Kind, report.Message, Now));
    }

    private void CheckLeases()
    {
        foreach (var attempt in _leases.Expired(Now))
        {
            var silent = _state.Workers.Values.FirstOrDefault(worker => worker.Current == attempt);
            if (silent is not null)
                Lose(silent.Id, FailureKind.Machine, $"it was silent for {_options.Lease.TotalSeconds:0} s");
        }
    }

    private void OnSubmit(FarmQueries.Submit submit)
    {
        var id = $"b{Now:yyyyMMdd-HHmmss}-{_state.Batches.Count + 1}";
        var events = FarmDecisions.Submit(_state, id, submit.Batch, Now);
        Commit(events);
        Sender.Tell(new BatchCreated(FarmDecisions.FindByToken(_state, submit.Batch.ClientToken)!.Id));
    }

    private void OnGetBatch(FarmQueries.GetBatch query)
    {
        if (query.After == _watchers.VersionOf(query.Id) && _state.Batches.TryGetValue(query.Id, out var batch) && batch.EndedAt is null)
            _watchers.Wait(query.Id, query.After.Value, Sender, Now + query.Wait);
        else
            Sender.Tell(new FarmQueries.BatchAnswer(ViewOf(query.Id)));
    }

    private void OnCancelBatch(FarmQueries.CancelBatch query)
    {
        Commit(FarmDecisions.Cancel(_state, query.Id, Now));
        Sender.Tell(new FarmQueries.BatchAnswer(ViewOf(query.Id)));
    }

    private void TellWatchers()
    {
        foreach (var (batch, watcher) in _watchers.TakeDue(Now))
            watcher.Tell(new FarmQueries.BatchAnswer(ViewOf(batch)));
    }

    private BatchView? ViewOf(string batchId) =>
        _state.Batches.TryGetValue(batchId, out var batch)
            ? BatchViews.Of(_state, batch, _watchers.VersionOf(batchId), _leases.Steps, _times, Now)
            : null;

    /// <summary>Applies events and what follows from them, then gives out work.</summary>
    private void Commit(IReadOnlyList<IFarmEvent> events)
    {
        Apply(events);
        Apply(FarmDecisions.Assign(_state, FirstComeScheduler.Decide(_state), Now));
        StartMuxes();
    }

    private void Apply(IReadOnlyList<IFarmEvent> events)
    {
        foreach (var happened in events)
        {
            var abandoned = AbandonedBy(happened);
            _state = _state.Apply(happened);
            foreach (var (worker, attempt) in abandoned)
            {
                _leases.End(attempt);
                _workers.GetValueOrDefault(worker)?.Tell(new CancelAttempt(attempt));
            }

            React(happened);
        }
    }

    private void React(IFarmEvent happened)
    {
        switch (happened)
        {
            case FarmEvents.BatchSubmitted submitted:
                _log.LogInformation("Batch {Batch} with {Clips} clips came in.", submitted.Batch, submitted.Request.Clips.Count);
                _watchers.Changed(submitted.Batch);
                break;
            case FarmEvents.AttemptStarted started:
                _watchers.Changed(started.Attempt.Task.Batch);
                if (_workers.TryGetValue(started.Worker, out var worker))
                {
                    _leases.Grant(started.Attempt, Now);
                    worker.Tell(AssignmentOf(started.Attempt));
                }

                break;
            case FarmEvents.AttemptSucceeded succeeded:
                EndLease(succeeded.Attempt);
                var (clip, task) = Find(succeeded.Attempt.Task);
                _times = _times.Learn(task, clip);
                _uses.Add(succeeded.Outputs);
                break;
            case FarmEvents.AttemptEnded ended:
                EndLease(ended.Attempt);
                break;
            case FarmEvents.ClipFinished finished:
                _log.LogInformation("Batch {Batch}, row {Row} is finished.", finished.Batch, finished.Row);
                _watchers.Changed(finished.Batch);
                DiscardIntermediates(_state.Batches[finished.Batch].Clips[finished.Row]);
                break;
            case FarmEvents.ClipFailed failed:
                _log.LogError("Batch {Batch}, row {Row} failed: {Error}", failed.Batch, failed.Row, failed.Error);
                _watchers.Changed(failed.Batch);
                DiscardIntermediates(_state.Batches[failed.Batch].Clips[failed.Row]);
                break;
            case FarmEvents.BatchCancelled cancelled:
                _watchers.Changed(cancelled.Batch);
                foreach (var given in _state.Batches[cancelled.Batch].Clips.Values.Where(given => given.State == ClipState.Cancelled))
                    DiscardIntermediates(given);
                break;
            case FarmEvents.WorkerJoined or FarmEvents.WorkerLeft:
                foreach (var batch in _state.Batches.Values.Where(batch => batch.EndedAt is null))
                    _watchers.Changed(batch.Id);
                break;
        }
    }

    private void DiscardIntermediates(Clip ended)
    {
        foreach (var blob in _uses.Release(ended))
            _muxing.Discard(blob);
    }

    private void EndLease(AttemptAddress attempt)
    {
        _leases.End(attempt);
        _watchers.Changed(attempt.Task.Batch);
    }

    /// <summary>Running attempts whose result nobody wants once the event is applied.</summary>
    private List<(string Worker, AttemptAddress Attempt)> AbandonedBy(IFarmEvent happened)
    {
        Func<TaskAddress, bool>? concerns = happened switch
        {
            FarmEvents.ClipFailed failed => task => task.Batch == failed.Batch && task.Row == failed.Row,
            FarmEvents.BatchCancelled cancelled => task => task.Batch == cancelled.Batch,
            _ => null,
        };
        return concerns is null
            ? []
            : _state.Workers.Values.Where(worker => worker.Current is { } attempt && concerns(attempt.Task)).Select(worker => (worker.Id, worker.Current!)).ToList();
    }

    private AssignTask AssignmentOf(AttemptAddress attempt)
    {
        var (clip, task) = Find(attempt.Task);
        var inputs = task.Inputs.Select(name => new NamedBlob(name, clip.Artefacts[name])).ToList();
        return new AssignTask(attempt, JsonSerializer.Serialize(task, FarmJson.Options), inputs);
    }

    private (Clip Clip, StageTask Task) Find(TaskAddress address)
    {
        var clip = _state.Batches[address.Batch].Clips[address.Row];
        return (clip, clip.Plan.Tasks.Single(task => task.Id == address.Stage));
    }

    private void StartMuxes()
    {
        var ready = from batch in _state.Batches.Values
                    where batch.EndedAt is null
                    from clip in batch.Clips.Values
                    from task in clip.ReadyTasks().OfType<MuxTask>()
                    select (Address: new TaskAddress(batch.Id, clip.Row, task.Id), Task: task, clip.Artefacts);
        foreach (var (address, task, artefacts) in ready.Take(_options.ConcurrentMuxes - _muxes.Count).ToList())
        {
            Apply(FarmDecisions.StartLocal(_state, address, BatchViews.LocalWorker, Now));
            var attempt = new AttemptAddress(address, _state.Batches[address.Batch].Clips[address.Row].Stages[address.Stage].Attempt);
            _muxes.Add(attempt);
            _muxing.Mux(task, artefacts, _stopping.Token).PipeTo(
                Self,
                success: muxed => new MuxEnded(attempt, muxed, null),
                failure: fault => new MuxEnded(attempt, null, fault.GetBaseException().Message));
        }
    }

    private void OnMuxEnded(MuxEnded ended)
    {
        _muxes.Remove(ended.Attempt);
        Commit(ended.Clip is { } clip
            ? FarmDecisions.Finish(_state, new AttemptDone(ended.Attempt, [clip.Blob]), clip.Framemd5, Now)
            : FarmDecisions.EndAttempt(_state, ended.Attempt, FailureKind.Input, ended.Error!, Now));
    }

    private sealed record MuxEnded(AttemptAddress Attempt, MuxedClip? Clip, string? Error) : INoSerializationVerificationNeeded;

    private sealed record LeaseTick : INoSerializationVerificationNeeded
    {
        public static LeaseTick Instance { get; } = new();
    }

    private sealed record ViewTick : INoSerializationVerificationNeeded
    {
        public static ViewTick Instance { get; } = new();
    }
}
