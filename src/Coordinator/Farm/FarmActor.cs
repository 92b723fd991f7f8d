using Akka.Actor;
using Akka.Persistence;
using Akka.Remote;
using Microsoft.Extensions.Options;
using MlxVideo.Coordinator.Archive;
using MlxVideo.Coordinator.History;
using MlxVideo.Coordinator.Logging;
using MlxVideo.Coordinator.Logs;
using MlxVideo.Coordinator.Metrics;
using MlxVideo.Coordinator.Offloading;
using MlxVideo.Coordinator.Persistence;
using MlxVideo.Coordinator.Telemetry;
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
using MlxVideo.Shared.Manifests;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Time;

namespace MlxVideo.Coordinator.Farm;

/// <summary>
/// The farm's actor: a thin shell that passes messages to a <see cref="FarmAggregate"/>, stores the resulting events, and then has
/// <see cref="FarmEffects"/> carry them out.
/// </summary>
public sealed partial class FarmActor : UnitOfWorkActor, IWithTimers
{
    private const int LongestTickFactor = 5;

    private readonly FarmOptions _options;
    private readonly MonotonicTimeProvider _time;
    private readonly IClipMuxing _muxing;
    private readonly ApiAddress _api;
    private readonly EvaluationRelay _relay;
    private readonly IClusterMembership _members;
    private readonly BatchArchive _archive;
    private readonly FarmHistory _history;
    private readonly AttemptLogFiles _logs;
    private readonly ILogger<FarmActor> _log;
    private readonly FarmAggregate _farm;
    private readonly FarmTelemetry _telemetry;
    private readonly FarmEffects _effects;
    private readonly BatchQueries _queries;
    private readonly ConnectedWorkers _workers = new();
    private readonly WorkerReports _reports = new();
    private readonly BatchWatchers _watchers = new();
    private readonly Leases _leases;
    private readonly StallWatch _stalls;
    private readonly MuxRuns _muxes;
    private readonly HashSet<string> _archiving = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private string? _problem;
    private long? _recoveredSnapshot;

    /// <param name="options">Protocol timeouts.</param>
    /// <param name="policy">Assigns stages to workers.</param>
    /// <param name="muxing">Muxes decoded tiles into clips.</param>
    /// <param name="api">Address of the blob store for workers, once it listens.</param>
    /// <param name="relay">Carries the data of offloaded evaluations between workers.</param>
    /// <param name="archive">Receives ended batches.</param>
    /// <param name="history">Receives what operators want to know.</param>
    /// <param name="logs">Receives the log lines of attempts.</param>
    /// <param name="metrics">Counts what happens in the farm.</param>
    /// <param name="members">The cluster nodes; workers on other nodes are not admitted.</param>
    /// <param name="database">Told whether events can be stored.</param>
    public FarmActor(
        IOptions<FarmOptions> options, IOptions<SchedulingOptions> scheduling, ISchedulingPolicy policy, TimeProvider time,
        IClipMuxing muxing, ApiAddress api, EvaluationRelay relay, TraceFiles traces, BatchArchive archive, FarmHistory history,
        AttemptLogFiles logs, FarmMetrics metrics, IClusterMembership members, DatabaseCondition database, ILogger<FarmActor> log)
        : base(database, log)
    {
        (_options, _time, _muxing, _api, _relay, _archive, _history, _logs, _members, _log) =
            (options.Value, new MonotonicTimeProvider(time), muxing, api, relay, archive, history, logs, members, log);
        _farm = new FarmAggregate(policy);
        _leases = new Leases(_options.Lease);
        _stalls = new StallWatch(_options.TickInterval * LongestTickFactor);
        _muxes = new MuxRuns(_options.ConcurrentMuxes);
        _telemetry = new FarmTelemetry(metrics);
        _effects = new FarmEffects(_workers, _leases, _watchers, muxing, relay, new FarmTracing(traces), logs, _telemetry, log);
        _queries = new BatchQueries(_farm, _watchers, archive, muxing, scheduling.Value);

        Recover<SnapshotOffer>(offer =>
        {
            _farm.Recover((FarmState)offer.Snapshot);
            _recoveredSnapshot = offer.Metadata.SequenceNr;
        });
        Recover<IFarmEvent>(_farm.Recover);
        Recover<RecoveryCompleted>(_ => OnRecovered());
        On<WorkerHello>(OnHello);
        On<IncumbentWorkers.Answer>(OnIncumbentAnswer);
        On<WorkerGoodbye>(OnGoodbye);
        On<Terminated>(gone => OnTerminated(gone.ActorRef));
        On<DisassociatedEvent>(OnDisassociated);
        On<WorkerResident>(OnResident);
        On<WorkerLink>(link => _farm.Record(link.ToCommand()));
        On<AttemptProgress>(OnProgress);
        On<AttemptLog>(OnLog);
        On<AttemptDone>(OnDone);
        On<AttemptFailed>(OnFailed);
        On<OffloadReady>(OnOffloadReady);
        On<OffloadFailed>(OnOffloadFailed);
        On<InputsChecked>(OnInputsChecked);
        On<MuxEnded>(OnMuxEnded);
        On<Tick>(_ => OnTick());
        On<ViewTick>(_ => _queries.TellWatchers(Now));
        On<FarmQueries.Submit>(OnSubmit);
        On<FarmQueries.GetBatch>(query => _queries.Answer(query, Sender, Now));
        On<FarmQueries.GetBatchState>(query => _queries.Answer(query, Sender));
        On<FarmQueries.CancelBatch>(OnCancelBatch);
        On<FarmQueries.GetBatches>(_ => _queries.List(Sender));
        On<FarmQueries.GetFarm>(_ => Sender.Tell(_reports.Status(_farm.Snapshot) with { Problem = _muxing.StorageProblem }));
        On<FarmQueries.GetModels>(_ => Sender.Tell(_effects.Sources.Models(_farm.State)));
        On<FarmQueries.GetBlobsInUse>(_ => Sender.Tell(new FarmQueries.BlobsInUse(BlobsInUse.Of(_farm.State))));
        On<FarmQueries.DrainWorker>(OnDrainWorker);
        On<FarmQueries.ResumeWorker>(OnResumeWorker);
        On<BatchStored>(OnBatchStored);
        ReceiveOperations();
    }

    /// <inheritdoc/>
    public override string PersistenceId => "farm";

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    private protected override FarmState Current => _farm.State;

    private DateTimeOffset Now => _time.GetUtcNow();

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, _options.TickInterval);
        Timers.StartPeriodicTimer(nameof(ViewTick), ViewTick.Instance, _options.ViewInterval);
        base.PreStart();
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        _stopping.Cancel();
        _stopping.Dispose();
        _relay.CloseAll(); // completes pending requests
        _telemetry.Dispose();
        base.PostStop();
    }

    private void OnRecovered()
    {
        ContinueSnapshots(_recoveredSnapshot);
        var state = _farm.State;
        _effects.Recover(state);
        _history.Add(HistoryEvents.Started(state));
        foreach (var worker in state.Workers.Keys)
            _workers.Expect(worker, Now + _options.RestartGrace);
        Change(() => _farm.Restart(Now));
        foreach (var ended in state.Batches.Values.Where(batch => batch.EndedAt is not null))
            Store(ended);
        Publish();
        if (LastSequenceNr > 0)
            _log.Recovered(LastSequenceNr, state.Open.Count, state.Workers.Count);
        GiveOutWork();
        Save();
    }

    /// <summary>Handles the effects of time alone: expired leases, and decisions that depend on workers' hours and on late steps.</summary>
    private void OnTick()
    {
        Publish(); // with what the workers' reports of progress have changed
        foreach (var attempt in _leases.Expired(Now))
        {
            if (_farm.State.StatusOf(attempt.Stage)?.Find(attempt.Number) is { } silent)
                Lose(silent.Worker, FailureKind.Machine, $"its lease of {_options.Lease.TotalSeconds:0} s expired");
        }

        foreach (var id in _workers.Overdue(Now))
            Lose(id, FailureKind.Machine, "its connection was lost");
        FailStalled();
        ShowStorageProblem();
        Commit(() => _farm.EndOverdueOffload(Now));
    }

    /// <summary>Fails the attempts of workers that answer but complete no step, and has the workers stop them.</summary>
    private void FailStalled()
    {
        var busy = _farm.State.Workers.Values.Where(worker => worker.Current is not null && _workers.Find(worker.Id) is not null).ToList();
        var quiet = _stalls.Tick(
            busy.Select(worker => worker.Current!.Address)
                .Select(attempt => (attempt, _farm.Profiles.Steps.GetValueOrDefault(attempt)?.Step ?? -1)),
            Now);
        foreach (var worker in busy)
        {
            var attempt = worker.Current!.Address;
            if (StallDecisions.LimitOf(_farm.Snapshot, worker, _options) is not { } limit || quiet[attempt] <= limit)
                continue;
            var message = StallDecisions.Describe(worker.Name, quiet[attempt]);
            _log.AttemptFailed(attempt, FailureKind.Machine, message);
            Unit.Then(() => _workers.Tell(worker.Id, new CancelAttempt(attempt)));
            Commit(() => _farm.Fail(attempt, FailureKind.Machine, message, Now));
        }
    }

    private void ShowStorageProblem()
    {
        _muxing.RecheckStorage();
        if (_problem == _muxing.StorageProblem)
            return;
        _problem = _muxing.StorageProblem;
        _history.Add(HistoryEvents.Storage(_problem));
        foreach (var batch in _farm.State.Open)
            _watchers.Changed(batch);
    }

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
        var state = _farm.State;
        foreach (var happened in events)
            Unit.Add(happened, () => _effects.Apply(before, state, happened));
        foreach (var ended in events.Select(FarmDecisions.BatchOfEndedClip).OfType<string>().Distinct()
            .Select(id => state.Batches[id]).Where(batch => batch.EndedAt is not null))
        {
            Unit.Then(() => Store(ended));
            Unit.Then(() => _logs.End(ended.Id));
        }

        foreach (var described in HistoryEvents.Of(before.State, state, events))
            Unit.Then(() => _history.Add(described));
        if (events.Count > 0)
            Publish();
        return events;
    }

    /// <summary>Publishes the current state to the metrics once it is stored.</summary>
    private void Publish()
    {
        var farm = _farm.Snapshot;
        Unit.Then(() => _telemetry.Publish(farm, Now, LastSequenceNr));
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
            Unit.Then(() => _workers.Tell(prefetch.Worker, new PrefetchComponent(prefetch.Component)));
    }

    private void StartMuxes()
    {
        while (_muxes.Next(_farm.State, Now) is { } address)
        {
            Change(() => _farm.StartLocal(address, BatchViews.LocalWorker, Now));
            var clip = _farm.State.ClipOf(address)!;
            var attempt = new AttemptAddress(address, clip.Stages[address.StageId].Attempt);
            _muxes.Started(attempt);
            var origin = OriginOf(address);
            Unit.Then(() => Mux(attempt, (MuxStage)clip.Stage(address.StageId), origin, clip));
        }
    }

    /// <summary>Returns what rendered a clip, whose model is bound by the time that it can be muxed.</summary>
    private ClipOrigin OriginOf(StageAddress stage)
    {
        var binding = _farm.State.BindingOf(stage)!;
        return new ClipOrigin(binding.Model, _farm.State.Models.GetValueOrDefault(binding.Model), binding.Arithmetic);
    }

    private void Mux(AttemptAddress attempt, MuxStage stage, ClipOrigin origin, Clip clip) =>
        _muxing.MuxAsync(stage, origin, clip.Artefacts, _stopping.Token).PipeTo(
            Self,
            success: muxed => new MuxEnded(attempt, muxed, null),
            failure: ex => new MuxEnded(attempt, null, FailureOf(ex)));

    private void OnMuxEnded(MuxEnded ended)
    {
        if (ended.Failure is not { } failure)
        {
            _muxes.Succeeded(ended.Attempt);
            Commit(() => _farm.Finish(new CompleteAttempt(ended.Attempt, [ended.Clip!.Blob]), ended.Clip.Framemd5, Now));
            return;
        }

        _log.AttemptFailed(ended.Attempt, failure.Kind, failure.Message);
        _muxes.Failed(ended.Attempt, Now);
        Commit(() => failure.Kind == FailureKind.MissingInput
            ? _farm.LoseInputs(ended.Attempt, failure.MissingInputs, failure.Message, Now)
            : _farm.Fail(ended.Attempt, failure.Kind, failure.Message, Now));
        if (_farm.State.ClipOf(ended.Attempt.Stage) is not { IsOpen: true })
            _muxes.GiveUp(ended.Attempt.Stage);
    }

    private static ClipMuxingException FailureOf(Exception ex)
    {
        var cause = (ex as AggregateException)?.InnerException ?? ex;
        return cause as ClipMuxingException ?? new ClipMuxingException(FailureKind.Coordinator, cause.Message, cause);
    }

    private sealed record MuxEnded(AttemptAddress Attempt, MuxedClip? Clip, ClipMuxingException? Failure)
        : INoSerializationVerificationNeeded;

    private sealed record BatchStored(string Batch, DateTimeOffset EndedAt, string? Error) : INoSerializationVerificationNeeded;

    private sealed record Tick : INoSerializationVerificationNeeded
    {
        public static Tick Instance { get; } = new();
    }

    private sealed record ViewTick : INoSerializationVerificationNeeded
    {
        public static ViewTick Instance { get; } = new();
    }
}
