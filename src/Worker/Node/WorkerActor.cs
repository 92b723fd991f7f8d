using Akka.Actor;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Diagnostics;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Worker.Node;

/// <summary>
/// The worker's side of the work protocol: registers with the farm, runs one stage at a time off the actor's thread, reports progress and
/// results, resends each result until it is acknowledged, and stops between steps on request. While idle, it prefetches components or
/// computes offloaded evaluations for another worker. The actor lives as long as its cluster node; the stage in progress and
/// unacknowledged results belong to <see cref="PendingWork"/> and outlive it.
/// </summary>
public sealed partial class WorkerActor : ReceiveActor, IWithTimers
{
    private readonly WorkerIdentity _identity;
    private readonly WorkerProtocolOptions _options;
    private readonly IActorRef _farm;
    private readonly IStageRunner _runner;
    private readonly PendingWork _work;
    private readonly SessionSignals _session;
    private readonly ILogger<WorkerActor> _log;
    private readonly Action<ComponentsChanged> _tellSelf;
    private readonly Action<double> _tellLink;
    private readonly Action<string> _addToLog;
    private Uri? _api;
    private int _unansweredHellos;
    private string? _problem;
    private RunningOffload? _offload;
    private AssignOffload? _nextOffload;

    /// <param name="farm">The farm's singleton or its proxy.</param>
    /// <param name="work">Unfinished work of the previous node.</param>
    /// <param name="session">Receives changes of the membership in the farm.</param>
    public WorkerActor(
        WorkerIdentity identity, IOptions<WorkerProtocolOptions> options, IActorRef farm, IStageRunner runner, PendingWork work,
        SessionSignals session, ILogger<WorkerActor> log)
    {
        (_identity, _options, _farm, _runner, _work, _session, _log) = (identity, options.Value, farm, runner, work, session, log);
        var self = Self;
        _tellSelf = change => // raised on the engine's thread
        {
            if (change.Loaded is { } loaded)
                work.Running?.Log.Add(AttemptLogText.Loaded(loaded, identity.Capabilities.BytesOf(loaded), change.Seconds));
            self.Tell(new ResidencyChanged(change));
        };

        _tellLink = bytesPerSecond => farm.Tell(new WorkerLink(identity.Id, bytesPerSecond), self);

        _addToLog = line => work.Running?.Log.Add(line); // not as a message: an engine may print faster than the actor reads

        Receive<HelloTick>(_ =>
        {
            SendHello();
            FindProblem();
        });
        Receive<WorkerWelcome>(OnWelcome);
        Receive<WorkerRefused>(refusal => _session.Refuse(refusal.Reason));
        Receive<AssignStage>(OnAssign);
        Receive<CancelAttempt>(OnCancel);
        Receive<AssignOffload>(OnAssignOffload);
        Receive<CancelOffload>(OnCancelOffload);
        Receive<HelperJoined>(joined => _work.Running?.Helpers.Join(joined));
        Receive<HelperLeft>(left => _work.Running?.Helpers.Leave(left.Offload));
        Receive<PrefetchComponent>(OnPrefetch);
        Receive<ResidencyChanged>(moved => OnComponentsChanged(moved.Change));
        Receive<PrefetchFailed>(failed => _log.PrefetchFailed(failed.Reason));
        Receive<ReportAcknowledged>(acknowledged => _work.Forget(acknowledged.Attempt));
        Receive<Stepped>(OnStepped);
        Receive<Heartbeat>(_ => RenewLeases());
        Receive<Ended>(OnEnded);
        Receive<OffloadIsReady>(ready => OnOffloadReady(ready.Offload));
        Receive<OffloadIsOver>(OnOffloadOver);
        Receive<HelperAbandoned>(given => _farm.Tell(new OffloadFailed(given.Offload, FailureKind.Machine, given.Reason)));
        Receive<ResendTick>(_ => Resend());
        Receive<Offered>(OnOffered);
        Receive<Drain>(OnDrain);
        Receive<DrainWorker>(OnDrainWorker);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _runner.ComponentsChanged += _tellSelf;
        _runner.LinkMeasured += _tellLink;
        _runner.Logged += _addToLog;
        Timers.StartPeriodicTimer(nameof(HelloTick), HelloTick.Instance, TimeSpan.Zero, _options.HelloInterval);
        Timers.StartPeriodicTimer(nameof(ResendTick), ResendTick.Instance, _options.ResendInterval);
        if (_work.Running is not { } running)
            return;
        running.ObserveFrom(Self);
        StartHeartbeat();
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _runner.ComponentsChanged -= _tellSelf;
        _runner.LinkMeasured -= _tellLink;
        _runner.Logged -= _addToLog;
        _offload?.Cancellation.Cancel(); // the relay ends with the node; the attempt continues
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private void SendHello()
    {
        if (_hasLeft)
            return;
        if (_api is not null && _unansweredHellos >= _options.MaxUnansweredHellos)
            _session.Lose("the coordinator does not answer");
        _unansweredHellos++;
        _farm.Tell(new WorkerHello(
            _identity.Id, _identity.Epoch, _identity.Name, _identity.Device, _identity.Model, _identity.Capabilities,
            _identity.ModelName, _work.Held, _identity.Blobs?.ToString())
        {
            // The node's address is known only to a cluster, which tests without certificates lack.
            Proof = _identity.Prove(() => Akka.Cluster.Cluster.Get(Context.System).SelfAddress.ToString()),
            Version = BuildVersion.Current,
            ClockMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
        });
    }

    private void OnWelcome(WorkerWelcome welcome)
    {
        var isFirst = _api is null;
        if (isFirst)
            _log.Joined(welcome.Api);
        _api = new Uri(welcome.Api);
        _unansweredHellos = 0;
        _session.Join(_api);
        _session.Revoke(welcome.Revoked ?? []);
        // A farm that has just registered the worker assumes no resident components, and the welcome does not tell whether it has.
        ReportResident(loaded: null, seconds: 0);
        if (!isFirst)
            return;
        SendLogs();
        Resend();
        OfferSpooled();
        if (_work.Running is null && _offload is null)
            StartPending();
    }

    private void OnComponentsChanged(ComponentsChanged change)
    {
        _work.Resident = change.Resident;
        ReportResident(change.Loaded, change.Seconds);
    }

    private void ReportResident(ModelComponent? loaded, double seconds) =>
        _farm.Tell(new WorkerResident(_identity.Id, _work.Resident, loaded, seconds, _problem));

    /// <summary>Checks whether stages can be run. The farm receives a change before any later report.</summary>
    private void FindProblem()
    {
        if (_work.Running is not null || _offload is not null)
            return;
        var before = _problem;
        _problem = _runner.FindProblem();
        if (_problem == before)
            return;
        if (_problem is null)
            _log.Unblocked();
        else if (before is null)
            _log.Blocked(_problem);
        ReportResident(loaded: null, seconds: 0);
    }

    private void OnPrefetch(PrefetchComponent prefetch)
    {
        var isBusy = _work.Running is { Cancellation.IsCancellationRequested: false }
            || _offload is { Cancellation.IsCancellationRequested: false };
        if (isBusy || _work.Next is not null || _isDraining)
            return; // a stage loads its own components
        _runner.PrefetchAsync(prefetch.Component).PipeTo(Self, failure: ex => new PrefetchFailed(ex.GetBaseException().Message));
    }

    private void OnAssign(AssignStage assignment)
    {
        if (_work.Running?.Assignment.Attempt == assignment.Attempt)
            return;
        if (_isDraining)
            Report(assignment.Attempt, new AttemptFailed(assignment.Attempt, FailureKind.Preempted, "the worker is draining"));
        else if (_work.Running is { } running && !running.Cancellation.IsCancellationRequested)
            Report(assignment.Attempt, new AttemptFailed(assignment.Attempt, FailureKind.Preempted, "the worker is busy"));
        else if (_work.Running is not null || _offload is not null)
            StartAfterwards(assignment);
        else
            Start(assignment);
    }

    /// <summary>Starts a stage when the cancelled attempt or offload has stopped.</summary>
    private void StartAfterwards(AssignStage assignment)
    {
        (_work.Next, _nextOffload) = (assignment, null);
        _offload?.Cancellation.Cancel();
        StartHeartbeat();
    }

    private void StartHeartbeat() => Timers.StartPeriodicTimer(nameof(Heartbeat), Heartbeat.Instance, _options.Heartbeat);

    private void Start(AssignStage assignment)
    {
        var running = new RunningAttempt(assignment);
        _work.Running = running;
        StartHeartbeat();
        var api = _api!;
        running.Log.Add(AttemptLogText.Assigned(assignment));
        running.Start(attempt => RunAsync(attempt, api), Self);
    }

    private async Task<Ended> RunAsync(RunningAttempt running, Uri api)
    {
        var (attempt, unit) = (running.Assignment.Attempt, AttemptLogText.UnitOf(running.Assignment));
        try
        {
            var outputs = await _runner.RunAsync(
                running.Assignment, api,
                (step, steps) =>
                {
                    running.Log.Add(AttemptLogText.Step(unit, step, steps));
                    running.Notify(new Stepped(attempt, step, steps));
                },
                running.Helpers, running.Cancellation.Token);
            running.Log.Add(AttemptLogText.Done(outputs, _runner.MemoryUse));
            return new Ended(attempt, new AttemptDone(attempt, outputs));
        }
        catch (Exception ex)
        {
            return new Ended(attempt, FailureOf(attempt, ex));
        }
    }

    private void OnStepped(Stepped stepped)
    {
        if (_work.Running is not { } running || running.Assignment.Attempt != stepped.Attempt)
            return;
        running.Step = stepped.Step;
        running.Steps = stepped.Steps;
        ReportStep();
    }

    /// <summary>Renews the lease, also during long evaluations or loads.</summary>
    private void RenewLeases()
    {
        ReportStep();
        if (_work.Next is { } next)
            _farm.Tell(new AttemptProgress(next.Attempt, 0, 0));
        foreach (var spooled in _work.Spooled.Keys)
            _farm.Tell(new AttemptProgress(spooled, 0, 0));
    }

    private void ReportStep()
    {
        if (_work.Running is not { Cancellation.IsCancellationRequested: false } running)
            return;
        if (_api is not null && running.Log.Take(running.Assignment.Attempt, isEnd: false) is { } lines)
            _farm.Tell(lines);
        _farm.Tell(running.Report(_runner.MemoryUse));
    }

    private void OnCancel(CancelAttempt cancel)
    {
        _work.Forget(cancel.Attempt);
        if (_work.Next?.Attempt == cancel.Attempt)
            _work.Next = null;
        if (_work.Running?.Assignment.Attempt == cancel.Attempt)
            _work.Running.Cancellation.Cancel();
    }

    private void OnEnded(Ended ended)
    {
        var cancelled = _work.Running!.Cancellation.IsCancellationRequested;
        while (_work.Running.Log.Take(ended.Attempt, isEnd: true) is { } lines)
            _work.Logs.Enqueue(lines);
        _work.Running.Cancellation.Dispose();
        _work.Running = null;
        FindProblem();
        if (cancelled || ended.Report is AttemptFailed)
            _work.Unspool(ended.Attempt);
        SendLogs();
        if (!cancelled)
            Report(ended.Attempt, ended.Report);
        StartPending();
    }

    /// <summary>Starts the work that waited for the worker to become free.</summary>
    private void StartPending()
    {
        if (_work.Spooled.Count == 0)
            Timers.Cancel(nameof(Heartbeat));
        if (_isDraining)
            FinishDrain();
        else if (_work.Next is { } next && _api is not null)
        {
            _work.Next = null;
            Start(next);
        }
        else if (_nextOffload is { } offload)
        {
            _nextOffload = null;
            StartOffload(offload);
        }
    }

    /// <summary>Sends the last lines of ended attempts; a farm that does not know this node yet would drop them.</summary>
    private void SendLogs()
    {
        while (_api is not null && _work.Logs.TryDequeue(out var lines))
            _farm.Tell(lines);
    }

    private void Report(AttemptAddress attempt, IFarmMessage report)
    {
        _work.Unacknowledged[attempt] = report;
        _farm.Tell(report);
    }

    private void Resend()
    {
        foreach (var report in _work.Unacknowledged.Values)
            _farm.Tell(report);
    }

    private AttemptFailed FailureOf(AttemptAddress attempt, Exception ex)
    {
        var cause = ex.GetBaseException();
        var failure = (ex as AggregateException)?.InnerException as StageException ?? ex as StageException;
        if (failure is null && cause is not OperationCanceledException)
            _log.AttemptFailed(ex, attempt);
        return new AttemptFailed(
            attempt, failure?.Kind ?? FailureKind.Machine, failure?.Message ?? $"{_identity.Name}: {cause.Message}",
            failure?.MissingInputs);
    }

    private sealed record Stepped(AttemptAddress Attempt, int Step, int Steps) : INoSerializationVerificationNeeded;

    internal sealed record Ended(AttemptAddress Attempt, IFarmMessage Report) : INoSerializationVerificationNeeded;

    private sealed record ResidencyChanged(ComponentsChanged Change) : INoSerializationVerificationNeeded;

    private sealed record PrefetchFailed(string Reason) : INoSerializationVerificationNeeded;

    private sealed record HelloTick : INoSerializationVerificationNeeded
    {
        public static HelloTick Instance { get; } = new();
    }

    private sealed record Heartbeat : INoSerializationVerificationNeeded
    {
        public static Heartbeat Instance { get; } = new();
    }

    private sealed record ResendTick : INoSerializationVerificationNeeded
    {
        public static ResendTick Instance { get; } = new();
    }
}
