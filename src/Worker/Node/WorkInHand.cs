using Akka.Actor;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Worker.Node;

/// <summary>
/// What a worker computes and has yet to report. It outlives the cluster node: when the farm is out of reach the node ends,
/// computing goes on, and the <see cref="WorkerActor"/> of the next node carries on with it. Used by one actor at a time.
/// </summary>
public sealed class WorkInHand
{
    /// <summary>The attempt that is being computed.</summary>
    internal RunningAttempt? Running { get; set; }

    /// <summary>The assignment that starts when the cancelled attempt has stopped.</summary>
    internal AssignStage? Next { get; set; }

    /// <summary>Final reports that the coordinator has not acknowledged.</summary>
    internal Dictionary<AttemptAddress, IFarmMessage> Unacknowledged { get; } = [];

    /// <summary>The components in memory, the one used longest ago first.</summary>
    internal IReadOnlyList<ModelComponent> Resident { get; set; } = [];

    /// <summary>Attempts that are computed here or wait to be reported: a coordinator that gave them up may take them back.</summary>
    public IReadOnlyList<AttemptAddress> Held =>
    [
        .. Unacknowledged.Values.OfType<AttemptDone>().Select(done => done.Attempt),
        .. Running is { Cancellation.IsCancellationRequested: false } running ? new[] { running.Assignment.Attempt } : [],
        .. Next is { } next ? new[] { next.Attempt } : [],
    ];

    /// <summary>Stops computing at the end of the step.</summary>
    public void Cancel() => Running?.Cancellation.Cancel();
}

/// <summary>An attempt that the engine computes.</summary>
internal sealed class RunningAttempt
{
    private volatile IActorRef? _observer;

    // Completes with the final report; never fails.
    private Task<WorkerActor.Ended> _outcome = null!;

    public RunningAttempt(AssignStage assignment)
    {
        Assignment = assignment;
        Helpers = new CurrentHelper(assignment.Attempt, (offload, reason) => Notify(new WorkerActor.HelperGivenUp(offload, reason)));
    }

    public AssignStage Assignment { get; }

    public CurrentHelper Helpers { get; }

    public CancellationTokenSource Cancellation { get; } = new();

    public int Step { get; set; }

    public int Steps { get; set; }

    /// <summary>
    /// Starts computing; the observer is set first, since <paramref name="run"/> may report its first step before it returns.
    /// </summary>
    public void Start(Func<RunningAttempt, Task<WorkerActor.Ended>> run, IActorRef observer)
    {
        _observer = observer;
        _outcome = run(this);
        _outcome.PipeTo(observer);
    }

    /// <summary>Sends later steps and the outcome to the actor of the next node.</summary>
    public void ObserveFrom(IActorRef observer)
    {
        _observer = observer;
        _outcome.PipeTo(observer);
    }

    /// <summary>Tells the observer, from any thread.</summary>
    public void Notify(object message) => _observer?.Tell(message);
}
