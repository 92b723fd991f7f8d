using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Profiles;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm;

/// <summary>
/// The farm's current state and worker profiles, advanced by commands and reports. The owner, which is the coordinator's actor or
/// the simulator, passes these in and acts on the returned events, which have already been applied. Not thread-safe.
/// </summary>
public sealed partial class FarmAggregate(ISchedulingPolicy policy)
{
    /// <summary>Batches, clips, stages and workers.</summary>
    public FarmState State { get; private set; } = FarmState.Empty;

    /// <summary>The learned worker profiles.</summary>
    public WorkerProfiles Profiles { get; private set; } = WorkerProfiles.Empty;

    /// <summary>The input of decisions and estimates.</summary>
    public FarmSnapshot Snapshot => new(State, Profiles) { WallClockOffset = WallClockOffset };

    /// <summary>Offset of the wall clock from the farm's time: wall clock minus the <c>now</c> arguments.</summary>
    public TimeSpan WallClockOffset { get; set; }

    /// <summary>Recovers a stored state. Speeds and residency are learned again from the workers' reports.</summary>
    public void Recover(FarmState state) => (State, Profiles) = (state, WorkerProfiles.Of(state));

    /// <summary>Recovers a stored event that followed the recovered state.</summary>
    public void Recover(IFarmEvent happened)
    {
        State = State.Apply(happened);
        Profiles = Profiles.After(State, happened);
    }

    /// <summary>Continues after recovery (<see cref="RestartDecisions"/>).</summary>
    public IReadOnlyList<IFarmEvent> Restart(DateTimeOffset now) => Apply(RestartDecisions.Restart(State, now));

    /// <summary>Removes an ended batch, which the archive now holds.</summary>
    public IReadOnlyList<IFarmEvent> Archive(string batch, DateTimeOffset now) => Apply(FarmDecisions.Archive(State, batch, now));

    /// <summary>Submits a batch and immediately shares existing results of other open clips with it.</summary>
    public IReadOnlyList<IFarmEvent> Submit(string newId, BatchRequest request, DateTimeOffset now)
    {
        var events = new List<IFarmEvent>(Apply(FarmDecisions.Submit(State, newId, request, now)));
        if (events.Count > 0)
            events.AddRange(ShareKnown(newId, now));
        return events;
    }

    /// <summary>Cancels the rest of a batch.</summary>
    public IReadOnlyList<IFarmEvent> Cancel(string batch, DateTimeOffset now) => Apply(FarmDecisions.Cancel(State, batch, now));

    /// <summary>Registers a worker, or confirms its registration.</summary>
    public IReadOnlyList<IFarmEvent> Register(RegisterWorker hello, DateTimeOffset now)
    {
        var events = Apply(FarmDecisions.Hello(State, hello, now));
        foreach (var bound in events.OfType<FarmEvents.BatchBound>().ToList())
            events.AddRange(ShareKnown(bound.Batch, now));
        return events;
    }

    /// <summary>Removes a worker that left or was lost.</summary>
    public IReadOnlyList<IFarmEvent> Remove(string worker, FailureKind kind, string reason, DateTimeOffset now) =>
        Apply(FarmDecisions.Lose(State, worker, kind, reason, now));

    /// <summary>Records the components in a worker's memory.</summary>
    public void Record(WorkerResidency resident) => Profiles = Profiles.After(State, resident);

    /// <summary>Records whether a worker can run stages.</summary>
    public IReadOnlyList<IFarmEvent> ChangeCondition(string worker, string? problem, DateTimeOffset now) =>
        Apply(FarmDecisions.ChangeCondition(State, worker, problem, now));

    /// <summary>Drains a worker: it gets no more stages.</summary>
    public IReadOnlyList<IFarmEvent> Drain(string worker, DateTimeOffset now) => Apply(DrainDecisions.Drain(State, worker, now));

    /// <summary>Ends the drain of a worker.</summary>
    public IReadOnlyList<IFarmEvent> Resume(string worker, DateTimeOffset now) => Apply(DrainDecisions.Resume(State, worker, now));

    /// <summary>Records the measured speed of a large transfer.</summary>
    public void Record(LinkSpeed link) => Profiles = Profiles.After(link);

    /// <summary>Records the progress of a live attempt; returns false when the attempt is no longer live.</summary>
    public bool Progress(StepProgress progress, DateTimeOffset now)
    {
        if (!FarmDecisions.IsCurrent(State, progress.Attempt))
            return false;
        Profiles = Profiles.After(State, progress, now);
        return true;
    }

    /// <summary>Completes an attempt; its outputs are already stored.</summary>
    public IReadOnlyList<IFarmEvent> Done(CompleteAttempt report, DateTimeOffset now) => Apply(FarmDecisions.Done(State, report, now));

    /// <summary>Fails an attempt.</summary>
    public IReadOnlyList<IFarmEvent> Fail(AttemptAddress attempt, FailureKind kind, string message, DateTimeOffset now) =>
        Apply(FarmDecisions.EndAttempt(State, attempt, kind, message, now));

    /// <summary>
    /// Fails an attempt because inputs are missing or damaged in the coordinator's blob store, and has them computed again.
    /// </summary>
    /// <param name="inputs">Names of the inputs, which were looked for in the store.</param>
    public IReadOnlyList<IFarmEvent> LoseInputs(
        AttemptAddress attempt, IReadOnlyList<string> inputs, string message, DateTimeOffset now)
    {
        var events = Apply(FarmDecisions.EndAttempt(State, attempt, FailureKind.MissingInput, message, now));
        foreach (var input in inputs)
            events.AddRange(Apply(ArtefactDecisions.Lose(State, attempt.Stage, input, now)));
        return events;
    }

    /// <summary>Records that a helper has loaded everything it needs.</summary>
    public IReadOnlyList<IFarmEvent> OffloadReady(OffloadAddress offload, DateTimeOffset now) =>
        Apply(OffloadDecisions.Ready(State, offload, now));

    /// <summary>Ends an offload that failed or was given up.</summary>
    public IReadOnlyList<IFarmEvent> FailOffload(OffloadAddress offload, FailureKind kind, DateTimeOffset now) =>
        Apply(OffloadDecisions.Fail(State, offload, kind, now));

    /// <summary>Ends overdue offloads (<see cref="OffloadDecisions.Overdue"/>).</summary>
    public IReadOnlyList<IFarmEvent> EndOverdueOffload(DateTimeOffset now) => Apply(OffloadDecisions.Overdue(State, now));

    /// <summary>Starts a stage that runs on the coordinator itself.</summary>
    public IReadOnlyList<IFarmEvent> StartLocal(StageAddress stage, string name, DateTimeOffset now) =>
        Apply(FarmDecisions.StartLocal(State, stage, name, now));

    /// <summary>Completes the last stage of a clip.</summary>
    public IReadOnlyList<IFarmEvent> Finish(CompleteAttempt report, string framemd5, DateTimeOffset now) =>
        Apply(FarmDecisions.Finish(State, report, framemd5, now));

    /// <summary>Runs the scheduling policy and applies its decision.</summary>
    /// <returns>The events of preempted, started and offloaded attempts, and the components that workers are to prefetch.</returns>
    public (IReadOnlyList<IFarmEvent> Events, IReadOnlyList<Prefetch> Prefetch) Schedule(DateTimeOffset now)
    {
        var decision = policy.Decide(Snapshot.OfUsableWorkers().OfActiveBatches(), now);
        var events = new List<IFarmEvent>();
        foreach (var attempt in decision.Preempt)
            events.AddRange(Apply(FarmDecisions.Preempt(State, attempt, now)));
        events.AddRange(Apply(FarmDecisions.Assign(State, decision.Assign, now)));
        events.AddRange(Apply(OffloadDecisions.Assign(State, decision.Offload, now)));
        foreach (var prefetch in decision.Prefetch)
            Profiles = Profiles.After(prefetch, now);
        return (events, decision.Prefetch);
    }

    private List<IFarmEvent> ShareKnown(string batch, DateTimeOffset now)
    {
        var events = new List<IFarmEvent>();
        while (FarmDecisions.ShareKnown(State, batch, now) is { Count: > 0 } shared)
            events.AddRange(Apply(shared));
        return events;
    }

    private List<IFarmEvent> Apply(IReadOnlyList<IFarmEvent> events)
    {
        var applied = new List<IFarmEvent>(events.Count);
        foreach (var happened in events)
        {
            foreach (var ended in OffloadDecisions.EndedBy(State, happened).ToList())
                Apply(ended);
            Apply(happened);
        }

        return applied;

        void Apply(IFarmEvent happened)
        {
            State = State.Apply(happened);
            Profiles = Profiles.After(State, happened);
            applied.Add(happened);
        }
    }
}
