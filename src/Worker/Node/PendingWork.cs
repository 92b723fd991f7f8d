using Akka.Actor;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Worker.Node;

/// <summary>
/// A worker's attempt in progress and unacknowledged reports. They outlive the cluster node: when the farm becomes unreachable, the node
/// ends, computing continues, and the <see cref="WorkerActor"/> of the next node takes over. Used by one actor at a time.
/// </summary>
/// <param name="spool">Results of the worker's earlier processes; null for none.</param>
public sealed class PendingWork(ReportSpool? spool = null)
{
    private volatile RunningAttempt? _running;

    /// <summary>The attempt in progress. Read on any thread.</summary>
    internal RunningAttempt? Running
    {
        get => _running;
        set => _running = value;
    }

    /// <summary>The assignment to start when the cancelled attempt has stopped.</summary>
    internal AssignStage? Next { get; set; }

    /// <summary>Final reports not yet acknowledged by the coordinator.</summary>
    internal Dictionary<AttemptAddress, IFarmMessage> Unacknowledged { get; } = [];

    /// <summary>Last log lines of ended attempts, which are sent before their final reports.</summary>
    internal Queue<AttemptLog> Logs { get; } = [];

    /// <summary>Results of earlier processes that are to be uploaded and reported.</summary>
    internal Dictionary<AttemptAddress, AttemptDone> Spooled { get; } =
        spool?.Read().ToDictionary(result => result.Attempt) ?? [];

    /// <summary>Resident components in least-recently-used order.</summary>
    internal IReadOnlyList<ModelComponent> Resident { get; set; } = [];

    /// <summary>Attempts in progress or not yet reported; a coordinator that gave them up may take them back.</summary>
    public IReadOnlyList<AttemptAddress> Held =>
    [
        .. Unacknowledged.Values.OfType<AttemptDone>().Select(done => done.Attempt),
        .. Running is { Cancellation.IsCancellationRequested: false } running ? new[] { running.Assignment.Attempt } : [],
        .. Next is { } next ? new[] { next.Attempt } : [],
        .. Spooled.Keys,
    ];

    /// <summary>Forgets an attempt that was acknowledged or is no longer wanted.</summary>
    internal void Forget(AttemptAddress attempt)
    {
        Unacknowledged.Remove(attempt);
        Spooled.Remove(attempt);
        Unspool(attempt);
    }

    /// <summary>Removes a stored result, which no later process is to offer.</summary>
    internal void Unspool(AttemptAddress attempt) => spool?.Remove(attempt);

    /// <summary>Stops the attempt in progress at the end of its step.</summary>
    public void Cancel() => Running?.Cancellation.Cancel();
}

/// <summary>An attempt computed by the engine.</summary>
internal sealed class RunningAttempt
{
    private volatile IActorRef? _observer;

    // Completes with the final report; never faults.
    private Task<WorkerActor.Ended> _outcome = null!;

    public RunningAttempt(AssignStage assignment)
    {
        Assignment = assignment;
        Helpers = new CurrentHelper(assignment.Attempt, (offload, reason) => Notify(new WorkerActor.HelperAbandoned(offload, reason)));
    }

    public AssignStage Assignment { get; }

    public CurrentHelper Helpers { get; }

    public CancellationTokenSource Cancellation { get; } = new();

    /// <summary>Its log lines that have not been sent.</summary>
    public AttemptLogBuffer Log { get; } = new(TimeProvider.System);

    public int Step { get; set; }

    public int Steps { get; set; }

    /// <summary>Returns the report of the current progress.</summary>
    public AttemptProgress Report(DeviceMemoryUse? memory) =>
        new(Assignment.Attempt, Step, Steps, memory?.TensorBytes, memory?.DriverBytes);

    /// <summary>Starts computing. The observer is set first because <paramref name="run"/> may report a step before it returns.</summary>
    public void Start(Func<RunningAttempt, Task<WorkerActor.Ended>> run, IActorRef observer)
    {
        _observer = observer;
        _outcome = run(this);
        _outcome.PipeTo(observer);
    }

    /// <summary>Redirects later steps and the outcome to the actor of the next node.</summary>
    public void ObserveFrom(IActorRef observer)
    {
        _observer = observer;
        _outcome.PipeTo(observer);
    }

    /// <summary>Sends a message to the observer. Thread-safe.</summary>
    public void Notify(object message) => _observer?.Tell(message);
}
