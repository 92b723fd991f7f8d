using Akka;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Worker.Node;

/// <summary>
/// The worker's side of the work protocol: registers with the farm, runs one stage at a time off its own thread, reports
/// progress and results, resends a result until it is acknowledged, and stops between steps when asked to. While idle it
/// loads parts of the model, or computes evaluations for another worker. It lives as long as its cluster node; the stage in
/// progress and unacknowledged results belong to <see cref="WorkInHand"/> and outlive it.
/// </summary>
public sealed class WorkerActor : ReceiveActor, IWithTimers
{
    private readonly WorkerIdentity _identity;
    private readonly WorkerOptions _options;
    private readonly IActorRef _farm;
    private readonly IStageExecution _execution;
    private readonly WorkInHand _work;
    private readonly SessionSignals _session;
    private readonly ILogger<WorkerActor> _log;
    private readonly Action<PartsChanged> _tellSelf;
    private readonly Action<double> _tellLink;
    private Uri? _api;
    private int _unansweredHellos;
    private string? _problem;
    private RunningHelp? _help;
    private AssignHelp? _nextHelp;
    private IActorRef? _drainRequester;

    /// <param name="identity">Who the worker is.</param>
    /// <param name="options">Times of the work protocol.</param>
    /// <param name="farm">The farm's singleton, or a proxy of it.</param>
    /// <param name="execution">Runs tasks.</param>
    /// <param name="work">What an earlier node left to be carried on with.</param>
    /// <param name="session">Told whether the worker is part of the farm.</param>
    /// <param name="log">The logger.</param>
    public WorkerActor(
        WorkerIdentity identity, WorkerOptions options, IActorRef farm, IStageExecution execution, WorkInHand work, SessionSignals session,
        ILogger<WorkerActor> log)
    {
        (_identity, _options, _farm, _execution, _work, _session, _log) = (identity, options, farm, execution, work, session, log);
        var self = Self;
        _tellSelf = change => self.Tell(new PartsMoved(change)); // from the engine's thread

        _tellLink = bytesPerSecond => farm.Tell(new WorkerLink(identity.Id, bytesPerSecond), self);

        Receive<HelloTick>(_ =>
        {
            SayHello();
            FindProblem();
        });
        Receive<WorkerWelcome>(OnWelcome);
        Receive<WorkerRefused>(refusal => _session.Refuse(refusal.Reason));
        Receive<AssignTask>(OnAssign);
        Receive<CancelAttempt>(OnCancel);
        Receive<AssignHelp>(OnAssignHelp);
        Receive<CancelHelp>(OnCancelHelp);
        Receive<HelperJoined>(joined => _work.Running?.Helpers.Join(joined));
        Receive<HelperLeft>(left => _work.Running?.Helpers.Leave(left.Help));
        Receive<PrefetchPart>(OnPrefetch);
        Receive<PartsMoved>(moved => OnPartsChanged(moved.Change));
        Receive<PrefetchFailed>(failed => _log.PrefetchFailed(failed.Reason));
        Receive<ReportAcknowledged>(acknowledged => _work.Unacknowledged.Remove(acknowledged.Attempt));
        Receive<Stepped>(OnStepped);
        Receive<Heartbeat>(_ => KeepLease());
        Receive<Ended>(OnEnded);
        Receive<IsHelpReady>(ready => OnHelpReady(ready.Help));
        Receive<HelpOver>(OnHelpOver);
        Receive<HelperGivenUp>(given => _farm.Tell(new HelpFailed(given.Help, FailureKind.Machine, given.Reason)));
        Receive<ResendTick>(_ => Resend());
        Receive<Drain>(OnDrain);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _execution.PartsChanged += _tellSelf;
        _execution.LinkMeasured += _tellLink;
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
        _execution.PartsChanged -= _tellSelf;
        _execution.LinkMeasured -= _tellLink;
        _help?.Cancellation.Cancel(); // the relay ends with the node; the attempt goes on
    }

    private void SayHello()
    {
        if (_drainRequester is not null)
            return;
        if (_api is not null && _unansweredHellos >= _options.MaxUnansweredHellos)
            _session.Lose("it does not answer");
        _unansweredHellos++;
        _farm.Tell(new WorkerHello(
            _identity.Id, _identity.Epoch, _identity.Name, _identity.Device, _identity.Model, _identity.Capabilities,
            _identity.ModelName, _work.Held));
    }

    private void OnWelcome(WorkerWelcome welcome)
    {
        var isFirst = _api is null;
        if (isFirst)
            _log.Joined(welcome.Api);
        _api = new Uri(welcome.Api);
        _unansweredHellos = 0;
        _session.Join();
        // A farm that has taken the worker in anew takes its memory to be empty; which welcome is a new one only the farm knows.
        TellResident(loaded: null, seconds: 0);
        if (!isFirst)
            return;
        Resend();
        if (_work.Running is null && _help is null)
            GoOn();
    }

    private void OnPartsChanged(PartsChanged change)
    {
        _work.Resident = change.Resident;
        TellResident(change.Loaded, change.Seconds);
    }

    private void TellResident(ModelPart? loaded, double seconds) =>
        _farm.Tell(new WorkerResident(_identity.Id, _work.Resident, loaded, seconds, _problem));

    /// <summary>Looks whether stages can be run; the farm learns of a change before anything that is reported afterwards.</summary>
    private void FindProblem()
    {
        if (_work.Running is not null || _help is not null)
            return;
        var before = _problem;
        _problem = _execution.FindProblem();
        if (_problem == before)
            return;
        if (_problem is null)
            _log.Unblocked();
        else if (before is null)
            _log.Blocked(_problem);
        TellResident(loaded: null, seconds: 0);
    }

    private void OnPrefetch(PrefetchPart prefetch)
    {
        var isBusy = _work.Running is { Cancellation.IsCancellationRequested: false }
            || _help is { Cancellation.IsCancellationRequested: false };
        if (isBusy || _work.Next is not null || _drainRequester is not null)
            return; // a task decides for itself what is loaded
        _execution.Prefetch(prefetch.Part).PipeTo(Self, failure: ex => new PrefetchFailed(ex.GetBaseException().Message));
    }

    private void OnAssign(AssignTask assignment)
    {
        if (_work.Running?.Assignment.Attempt == assignment.Attempt)
            return;
        if (_drainRequester is not null)
            Report(assignment.Attempt, new AttemptFailed(assignment.Attempt, FailureKind.Preempted, "the worker is leaving"));
        else if (_work.Running is { } running && !running.Cancellation.IsCancellationRequested)
            Report(assignment.Attempt, new AttemptFailed(assignment.Attempt, FailureKind.Preempted, "the worker is busy"));
        else if (_work.Running is not null || _help is not null)
            StartAfterwards(assignment);
        else
            Start(assignment);
    }

    /// <summary>Starts when the cancelled attempt, or the help, has stopped.</summary>
    private void StartAfterwards(AssignTask assignment)
    {
        (_work.Next, _nextHelp) = (assignment, null);
        _help?.Cancellation.Cancel();
        StartHeartbeat();
    }

    private void StartHeartbeat() => Timers.StartPeriodicTimer(nameof(Heartbeat), Heartbeat.Instance, _options.Heartbeat);

    private void Start(AssignTask assignment)
    {
        var running = new RunningAttempt(assignment);
        _work.Running = running;
        StartHeartbeat();
        var api = _api!;
        running.Start(attempt => RunAsync(attempt, api), Self);
    }

    private async Task<Ended> RunAsync(RunningAttempt running, Uri api)
    {
        var attempt = running.Assignment.Attempt;
        try
        {
            var outputs = await _execution.Run(
                running.Assignment, api, (step, steps) =>
                    running.Notify(new Stepped(attempt, step, steps)), running.Helpers, running.Cancellation.Token);
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

    /// <summary>Tells that the worker is alive, also while a task waits for a pass or a load to end.</summary>
    private void KeepLease()
    {
        ReportStep();
        if (_work.Next is { } next)
            _farm.Tell(new AttemptProgress(next.Attempt, 0, 0));
    }

    private void ReportStep()
    {
        if (_work.Running is { Cancellation.IsCancellationRequested: false } running)
            _farm.Tell(new AttemptProgress(running.Assignment.Attempt, running.Step, running.Steps));
    }

    private void OnCancel(CancelAttempt cancel)
    {
        _work.Unacknowledged.Remove(cancel.Attempt);
        if (_work.Next?.Attempt == cancel.Attempt)
            _work.Next = null;
        if (_work.Running?.Assignment.Attempt == cancel.Attempt)
            _work.Running.Cancellation.Cancel();
    }

    private void OnEnded(Ended ended)
    {
        var cancelled = _work.Running!.Cancellation.IsCancellationRequested;
        _work.Running.Cancellation.Dispose();
        _work.Running = null;
        FindProblem();
        if (!cancelled)
            Report(ended.Attempt, ended.Report);
        GoOn();
    }

    /// <summary>What waited for the worker to be free.</summary>
    private void GoOn()
    {
        Timers.Cancel(nameof(Heartbeat));
        if (_drainRequester is not null)
            FinishDrain();
        else if (_work.Next is { } next && _api is not null)
        {
            _work.Next = null;
            Start(next);
        }
        else if (_nextHelp is { } help)
        {
            _nextHelp = null;
            StartHelp(help);
        }
    }

    private void OnAssignHelp(AssignHelp assignment)
    {
        if (_help?.Assignment.Help == assignment.Help)
            return;
        if (_drainRequester is not null || _work.Next is not null || _work.Running is { Cancellation.IsCancellationRequested: false })
            _farm.Tell(new HelpFailed(assignment.Help, FailureKind.Preempted, "the worker is busy"));
        else if (_work.Running is not null || _help is not null)
        {
            _nextHelp = assignment;
            _help?.Cancellation.Cancel();
        }
        else
            StartHelp(assignment);
    }

    private void StartHelp(AssignHelp assignment)
    {
        var (self, help) = (Self, assignment.Help);
        _help = new RunningHelp(assignment, new CancellationTokenSource());
        _execution.Help(assignment, _api!, () => self.Tell(new IsHelpReady(help)), _help.Cancellation.Token).PipeTo(
            self,
            success: () => new HelpOver(help, null),
            failure: ex => new HelpOver(help, ex));
    }

    private void OnHelpReady(HelpAddress help)
    {
        if (_help is { Cancellation.IsCancellationRequested: false } && _help.Assignment.Help == help)
            _farm.Tell(new HelpReady(help));
    }

    private void OnCancelHelp(CancelHelp cancel)
    {
        if (_nextHelp?.Help == cancel.Help)
            _nextHelp = null;
        if (_help?.Assignment.Help == cancel.Help)
            _help.Cancellation.Cancel();
    }

    private void OnHelpOver(HelpOver over)
    {
        var cancelled = _help!.Cancellation.IsCancellationRequested;
        _help.Cancellation.Dispose();
        _help = null;
        if (!cancelled)
        {
            var failure = over.Fault is null ? null : FailureOf(over.Help.Attempt, over.Fault);
            _farm.Tell(new HelpFailed(over.Help, failure?.Kind ?? FailureKind.Preempted, failure?.Message ?? "the help is over"));
        }

        GoOn();
    }

    private void OnDrain(Drain drain)
    {
        _drainRequester = Sender;
        _help?.Cancellation.Cancel();
        if (drain.Now)
            _work.Cancel();
        if (_work.Running is null && _help is null)
            FinishDrain();
        else if (_work.Running is not { Cancellation.IsCancellationRequested: false })
            SayGoodbye(); // what has only to stop is nothing to wait for: nobody gives it work meanwhile
    }

    private void FinishDrain()
    {
        SayGoodbye();
        _drainRequester!.Tell(Done.Instance);
    }

    private void SayGoodbye() => _farm.Tell(new WorkerGoodbye(_identity.Id, _identity.Epoch));

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
        var failure = (ex as AggregateException)?.InnerException as StageExecutionException ?? ex as StageExecutionException;
        if (failure is null && cause is not OperationCanceledException)
            _log.AttemptFailed(ex, attempt);
        return new AttemptFailed(attempt, failure?.Kind ?? FailureKind.Machine, failure?.Message ?? $"{_identity.Name}: {cause.Message}");
    }

    /// <summary>Stop taking tasks; answered with <see cref="Done"/> when none runs any more.</summary>
    /// <param name="Now">Stop the running task between two steps instead of waiting for its end.</param>
    public sealed record Drain(bool Now) : INoSerializationVerificationNeeded;

    private sealed record Stepped(AttemptAddress Attempt, int Step, int Steps) : INoSerializationVerificationNeeded;

    internal sealed record Ended(AttemptAddress Attempt, IFarmMessage Report) : INoSerializationVerificationNeeded;

    private sealed record IsHelpReady(HelpAddress Help) : INoSerializationVerificationNeeded;

    private sealed record HelpOver(HelpAddress Help, Exception? Fault) : INoSerializationVerificationNeeded;

    internal sealed record HelperGivenUp(HelpAddress Help, string Reason) : INoSerializationVerificationNeeded;

    private sealed record PartsMoved(PartsChanged Change) : INoSerializationVerificationNeeded;

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

    private sealed record RunningHelp(AssignHelp Assignment, CancellationTokenSource Cancellation);
}
