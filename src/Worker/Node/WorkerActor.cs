using Akka;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Worker.Node;

/// <summary>
/// The worker's side of the work protocol: says hello, runs one task at a time off its own thread, reports progress and
/// results, resends a result until it is acknowledged, stops between steps when told to. While it has nothing to do it loads
/// parts of the model, or computes passes for another worker. Tells what is in its memory.
/// </summary>
public sealed class WorkerActor : ReceiveActor, IWithTimers
{
    private readonly WorkerIdentity _identity;
    private readonly WorkerOptions _options;
    private readonly IActorRef _farm;
    private readonly IStageExecution _execution;
    private readonly TaskCompletionSource _joined;
    private readonly ILogger<WorkerActor> _log;
    private readonly Dictionary<AttemptAddress, IFarmMessage> _unacknowledged = [];
    private readonly Action<PartsChanged> _tellSelf;
    private readonly Action<double> _tellLink;
    private IReadOnlyList<ModelPart> _parts = [];
    private Uri? _api;
    private RunningAttempt? _running;
    private AssignTask? _next;
    private RunningHelp? _help;
    private AssignHelp? _nextHelp;
    private IActorRef? _drainRequester;

    /// <param name="identity">Who the worker is.</param>
    /// <param name="options">Times of the work protocol.</param>
    /// <param name="farm">The farm's singleton, or a proxy of it.</param>
    /// <param name="execution">Runs tasks.</param>
    /// <param name="joined">Completed when the farm takes the worker in, failed with its reason when it does not.</param>
    /// <param name="log">What people who run the worker should know.</param>
    public WorkerActor(WorkerIdentity identity, WorkerOptions options, IActorRef farm, IStageExecution execution, TaskCompletionSource joined, ILogger<WorkerActor> log)
    {
        (_identity, _options, _farm, _execution, _joined, _log) = (identity, options, farm, execution, joined, log);
        var self = Self;
        _tellSelf = change => self.Tell(new PartsMoved(change)); // from the engine's thread

        _tellLink = bytesPerSecond => farm.Tell(new WorkerLink(identity.Id, bytesPerSecond), self);

        Receive<HelloTick>(_ => SayHello());
        Receive<WorkerWelcome>(OnWelcome);
        Receive<WorkerRefused>(refusal => _joined.TrySetException(new InvalidOperationException(refusal.Reason)));
        Receive<AssignTask>(OnAssign);
        Receive<CancelAttempt>(OnCancel);
        Receive<AssignHelp>(OnAssignHelp);
        Receive<CancelHelp>(OnCancelHelp);
        Receive<HelperJoined>(joined => _running?.Helpers.Join(joined));
        Receive<HelperLeft>(left => _running?.Helpers.Leave(left.Help));
        Receive<PrefetchPart>(OnPrefetch);
        Receive<PartsMoved>(moved => OnPartsChanged(moved.Change));
        Receive<PrefetchFailed>(failed => _log.LogWarning("Nothing was loaded ahead: {Reason}", failed.Reason));
        Receive<ReportAcknowledged>(acknowledged => _unacknowledged.Remove(acknowledged.Attempt));
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
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _execution.PartsChanged -= _tellSelf;
        _execution.LinkMeasured -= _tellLink;
        _running?.Cancellation.Cancel();
        _help?.Cancellation.Cancel();
    }

    private void SayHello()
    {
        if (_drainRequester is null)
            _farm.Tell(new WorkerHello(_identity.Id, _identity.Epoch, _identity.Name, _identity.Device, _identity.Model, _identity.Capabilities, _identity.ModelName));
    }

    private void OnWelcome(WorkerWelcome welcome)
    {
        if (_api is null)
            _log.LogInformation("Joined the farm at {Api}.", welcome.Api);
        _api = new Uri(welcome.Api);
        _joined.TrySetResult();
        // A farm that has taken the worker in anew takes its memory to be empty; which welcome is a new one only the farm knows.
        TellResident(loaded: null, seconds: 0);
    }

    private void OnPartsChanged(PartsChanged change)
    {
        _parts = change.Resident;
        TellResident(change.Loaded, change.Seconds);
    }

    private void TellResident(ModelPart? loaded, double seconds) => _farm.Tell(new WorkerResident(_identity.Id, _parts, loaded, seconds));

    private void OnPrefetch(PrefetchPart prefetch)
    {
        var isBusy = _running is { Cancellation.IsCancellationRequested: false } || _help is { Cancellation.IsCancellationRequested: false };
        if (isBusy || _next is not null || _drainRequester is not null)
            return; // a task decides for itself what is loaded
        _execution.Prefetch(prefetch.Part).PipeTo(Self, failure: fault => new PrefetchFailed(fault.GetBaseException().Message));
    }

    private void OnAssign(AssignTask assignment)
    {
        if (_running?.Assignment.Attempt == assignment.Attempt)
            return;
        if (_drainRequester is not null)
            Report(assignment.Attempt, new AttemptFailed(assignment.Attempt, FailureKind.Preempted, "the worker is leaving"));
        else if (_running is { } running && !running.Cancellation.IsCancellationRequested)
            Report(assignment.Attempt, new AttemptFailed(assignment.Attempt, FailureKind.Preempted, "the worker is busy"));
        else if (_running is not null || _help is not null)
            StartAfterwards(assignment);
        else
            Start(assignment);
    }

    /// <summary>Starts when the cancelled attempt, or the help, has stopped.</summary>
    private void StartAfterwards(AssignTask assignment)
    {
        (_next, _nextHelp) = (assignment, null);
        _help?.Cancellation.Cancel();
        Timers.StartPeriodicTimer(nameof(Heartbeat), Heartbeat.Instance, _options.Heartbeat);
    }

    private void Start(AssignTask assignment)
    {
        var self = Self;
        var helpers = new CurrentHelper(assignment.Attempt, (help, reason) => self.Tell(new HelperGivenUp(help, reason)));
        var running = new RunningAttempt(assignment, helpers, new CancellationTokenSource());
        _running = running;
        Timers.StartPeriodicTimer(nameof(Heartbeat), Heartbeat.Instance, _options.Heartbeat);
        var attempt = assignment.Attempt;
        _execution.Run(assignment, _api!, (step, steps) => self.Tell(new Stepped(attempt, step, steps)), helpers, running.Cancellation.Token).PipeTo(
            self,
            success: outputs => new Ended(attempt, new AttemptDone(attempt, outputs)),
            failure: fault => new Ended(attempt, FailureOf(attempt, fault)));
    }

    private void OnStepped(Stepped stepped)
    {
        if (_running is not { } running || running.Assignment.Attempt != stepped.Attempt)
            return;
        running.Step = stepped.Step;
        running.Steps = stepped.Steps;
        ReportStep();
    }

    /// <summary>Tells that the worker is alive, also while a task waits for a pass or a load to end.</summary>
    private void KeepLease()
    {
        ReportStep();
        if (_next is { } next)
            _farm.Tell(new AttemptProgress(next.Attempt, 0, 0));
    }

    private void ReportStep()
    {
        if (_running is { Cancellation.IsCancellationRequested: false } running)
            _farm.Tell(new AttemptProgress(running.Assignment.Attempt, running.Step, running.Steps));
    }

    private void OnCancel(CancelAttempt cancel)
    {
        _unacknowledged.Remove(cancel.Attempt);
        if (_next?.Attempt == cancel.Attempt)
            _next = null;
        if (_running?.Assignment.Attempt == cancel.Attempt)
            _running.Cancellation.Cancel();
    }

    private void OnEnded(Ended ended)
    {
        var cancelled = _running!.Cancellation.IsCancellationRequested;
        _running.Cancellation.Dispose();
        _running = null;
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
        else if (_next is { } next)
        {
            _next = null;
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
        if (_drainRequester is not null || _next is not null || _running is { Cancellation.IsCancellationRequested: false })
            _farm.Tell(new HelpFailed(assignment.Help, FailureKind.Preempted, "the worker is busy"));
        else if (_running is not null || _help is not null)
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
            failure: fault => new HelpOver(help, fault));
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
            _running?.Cancellation.Cancel();
        if (_running is null && _help is null)
            FinishDrain();
        else if (_running is not { Cancellation.IsCancellationRequested: false })
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
        _unacknowledged[attempt] = report;
        _farm.Tell(report);
    }

    private void Resend()
    {
        foreach (var report in _unacknowledged.Values)
            _farm.Tell(report);
    }

    private AttemptFailed FailureOf(AttemptAddress attempt, Exception fault)
    {
        var cause = fault.GetBaseException();
        var failure = (fault as AggregateException)?.InnerException as StageExecutionException ?? fault as StageExecutionException;
        if (failure is null && cause is not OperationCanceledException)
            _log.LogError(fault, "{Attempt} failed unexpectedly.", attempt);
        return new AttemptFailed(attempt, failure?.Kind ?? FailureKind.Machine, failure?.Message ?? $"{_identity.Name}: {cause.Message}");
    }

    /// <summary>Stop taking tasks; answered with <see cref="Done"/> when none runs any more.</summary>
    /// <param name="Now">Stop the running task between two steps instead of waiting for its end.</param>
    public sealed record Drain(bool Now) : INoSerializationVerificationNeeded;

    private sealed record Stepped(AttemptAddress Attempt, int Step, int Steps) : INoSerializationVerificationNeeded;

    private sealed record Ended(AttemptAddress Attempt, IFarmMessage Report) : INoSerializationVerificationNeeded;

    private sealed record IsHelpReady(HelpAddress Help) : INoSerializationVerificationNeeded;

    private sealed record HelpOver(HelpAddress Help, Exception? Fault) : INoSerializationVerificationNeeded;

    private sealed record HelperGivenUp(HelpAddress Help, string Reason) : INoSerializationVerificationNeeded;

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

    private sealed class RunningAttempt(AssignTask assignment, CurrentHelper helpers, CancellationTokenSource cancellation)
    {
        public AssignTask Assignment { get; } = assignment;

        public CurrentHelper Helpers { get; } = helpers;

        public CancellationTokenSource Cancellation { get; } = cancellation;

        public int Step { get; set; }

        public int Steps { get; set; }
    }
}
