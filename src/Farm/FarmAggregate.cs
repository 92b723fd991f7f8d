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
/// The farm as it is just now: state and knowledge, moved on by what is asked of and reported to it. Whoever holds one, the
/// coordinator's actor or the simulator, tells it what happened and carries out the events that it returns, which are
/// applied already. Not safe for concurrent use.
/// </summary>
/// <param name="policy">Decides who does what.</param>
public sealed class FarmAggregate(ISchedulingPolicy policy)
{
    /// <summary>Batches, clips, stages and workers.</summary>
    public FarmState State { get; private set; } = FarmState.Empty;

    /// <summary>What was learned of the workers.</summary>
    public WorkerProfiles Profiles { get; private set; } = WorkerProfiles.Empty;

    /// <summary>What decisions and estimates are made of.</summary>
    public FarmSnapshot Snapshot => new(State, Profiles) { WallClockOffset = WallClockOffset };

    /// <summary>How far the wall clock is ahead of the times that this is given.</summary>
    public TimeSpan WallClockOffset { get; set; }

    /// <summary>A batch comes in; what other open clips made of it already is shared at once.</summary>
    public IReadOnlyList<IFarmEvent> Submit(string newId, BatchRequest request, DateTimeOffset now)
    {
        var events = new List<IFarmEvent>(Apply(FarmDecisions.Submit(State, newId, request, now)));
        if (events.Count > 0)
            events.AddRange(ShareKnown(newId, now));
        return events;
    }

    /// <summary>What is left of a batch is given up.</summary>
    public IReadOnlyList<IFarmEvent> Cancel(string batch, DateTimeOffset now) => Apply(FarmDecisions.Cancel(State, batch, now));

    /// <summary>A worker registers, or confirms its registration.</summary>
    public IReadOnlyList<IFarmEvent> Hello(RegisterWorker hello, DateTimeOffset now)
    {
        var events = Apply(FarmDecisions.Hello(State, hello, now));
        foreach (var bound in events.OfType<FarmEvents.BatchBound>().ToList())
            events.AddRange(ShareKnown(bound.Batch, now));
        return events;
    }

    /// <summary>A worker left or was lost.</summary>
    public IReadOnlyList<IFarmEvent> Lose(string worker, FailureKind kind, string reason, DateTimeOffset now) =>
        Apply(FarmDecisions.Lose(State, worker, kind, reason, now));

    /// <summary>A worker told what is in its memory.</summary>
    public void Tell(WorkerResidency resident) => Profiles = Profiles.After(State, resident);

    /// <summary>A worker told whether it can run stages.</summary>
    public IReadOnlyList<IFarmEvent> ChangeCondition(string worker, string? problem, DateTimeOffset now) =>
        Apply(FarmDecisions.ChangeCondition(State, worker, problem, now));

    /// <summary>A worker told how fast a large file went.</summary>
    public void Tell(LinkSpeed link) => Profiles = Profiles.After(link);

    /// <summary>A live attempt goes on; false when the attempt is not live any more.</summary>
    public bool Progress(StepProgress progress, DateTimeOffset now)
    {
        if (!FarmDecisions.IsCurrent(State, progress.Attempt))
            return false;
        Profiles = Profiles.After(State, progress, now);
        return true;
    }

    /// <summary>An attempt's outputs are stored.</summary>
    public IReadOnlyList<IFarmEvent> Done(CompleteAttempt report, DateTimeOffset now) => Apply(FarmDecisions.Done(State, report, now));

    /// <summary>An attempt failed.</summary>
    public IReadOnlyList<IFarmEvent> Fail(AttemptAddress attempt, FailureKind kind, string message, DateTimeOffset now) =>
        Apply(FarmDecisions.EndAttempt(State, attempt, kind, message, now));

    /// <summary>A helper has loaded what it needs.</summary>
    public IReadOnlyList<IFarmEvent> OffloadReady(OffloadAddress offload, DateTimeOffset now) =>
        Apply(OffloadDecisions.Ready(State, offload, now));

    /// <summary>A helper gives up, or is given up.</summary>
    public IReadOnlyList<IFarmEvent> FailOffload(OffloadAddress offload, FailureKind kind, DateTimeOffset now) =>
        Apply(OffloadDecisions.Fail(State, offload, kind, now));

    /// <summary>Help that does not become ready is given up.</summary>
    public IReadOnlyList<IFarmEvent> EndOverdueOffload(DateTimeOffset now) => Apply(OffloadDecisions.Overdue(State, now));

    /// <summary>The coordinator itself starts a stage that needs no worker.</summary>
    public IReadOnlyList<IFarmEvent> StartLocal(StageAddress stage, string name, DateTimeOffset now) =>
        Apply(FarmDecisions.StartLocal(State, stage, name, now));

    /// <summary>The last stage of a clip is done.</summary>
    public IReadOnlyList<IFarmEvent> Finish(CompleteAttempt report, string framemd5, DateTimeOffset now) =>
        Apply(FarmDecisions.Finish(State, report, framemd5, now));

    /// <summary>Gives out work.</summary>
    /// <returns>The events of attempts that were stopped and started, and the parts that workers are to load.</returns>
    public (IReadOnlyList<IFarmEvent> Events, IReadOnlyList<Prefetch> Prefetch) Schedule(DateTimeOffset now)
    {
        var decision = policy.Decide(Snapshot, now);
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
