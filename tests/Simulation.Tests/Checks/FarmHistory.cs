using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Simulation.Tests.Checks;

/// <summary>
/// Rebuilds the farm's state from its events and checks its invariants after each event: one live attempt per worker, at most one
/// speculative attempt in addition to another attempt, one result per stage.
/// </summary>
internal sealed class FarmHistory
{
    private readonly HashSet<StageAddress> _done = [];
    private readonly HashSet<AttemptAddress> _attempts = [];

    /// <summary>The state after all events so far.</summary>
    public FarmState State { get; private set; } = FarmState.Empty;

    /// <summary>All events so far.</summary>
    public List<IFarmEvent> Events { get; } = [];

    public void Take(IFarmEvent happened)
    {
        CheckBefore(happened);
        Events.Add(happened);
        State = State.Apply(happened);
        CheckAfter(happened);
    }

    /// <summary>Late and repeated reports have no effect.</summary>
    public void CheckThatOldReportsChangeNothing()
    {
        foreach (var attempt in _attempts.Where(attempt => !FarmDecisions.IsCurrent(State, attempt)))
        {
            var outputs = State.ClipOf(attempt.Stage)!.Stage(attempt.Stage.StageId).Outputs.Select(
                output => new NamedBlob(output, new BlobRef("late", 1))).ToList();
            Assert.Empty(FarmDecisions.Done(State, new CompleteAttempt(attempt, outputs), DateTimeOffset.MaxValue));
            Assert.Empty(FarmDecisions.EndAttempt(State, attempt, FailureKind.Input, "late", DateTimeOffset.MaxValue));
            Assert.Empty(FarmDecisions.Preempt(State, attempt, DateTimeOffset.MaxValue));
        }
    }

    private void CheckBefore(IFarmEvent happened)
    {
        switch (happened)
        {
            case FarmEvents.AttemptStarted e:
                var status = State.StatusOf(e.Attempt.Stage)!;
                Assert.True(
                    e.IsSpeculative == status.Running.Count > 0,
                    $"{e.Attempt} is {(e.IsSpeculative ? "speculative without another attempt" : "not marked as speculative")}.");
                Assert.True(_attempts.Add(e.Attempt), $"{e.Attempt} was assigned twice.");
                if (State.Workers.TryGetValue(e.Worker, out var worker))
                    Assert.Equal((null, null), (worker.Current, worker.Offload));
                break;
            case FarmEvents.OffloadAssigned e:
                var helper = State.Workers[e.Worker];
                Assert.Equal((null, null), (helper.Current, helper.Offload));
                Assert.InRange(
                    e.Evaluations, 1, State.ClipOf(e.Offload.Attempt.Stage)!.Work[e.Offload.Attempt.Stage.StageId].Evaluations - 1);
                break;
            case FarmEvents.AttemptSucceeded e:
                Assert.True(FarmDecisions.IsCurrent(State, e.Attempt), $"{e.Attempt} had already ended.");
                Assert.True(_done.Add(e.Attempt.Stage), $"{e.Attempt.Stage} was completed twice.");
                break;
            case FarmEvents.ResultShared e:
                Assert.True(_done.Add(e.Stage), $"{e.Stage} was completed twice.");
                break;
        }
    }

    private void CheckAfter(IFarmEvent happened)
    {
        var live = new Dictionary<string, AttemptAddress>(StringComparer.Ordinal);
        var helpers = new Dictionary<string, OffloadAddress>(StringComparer.Ordinal);
        foreach (var batch in State.Batches.Values)
        {
            foreach (var clip in batch.Clips.Values)
            {
                foreach (var (stage, progress) in clip.Stages)
                {
                    Assert.InRange(progress.Running.Count, 0, 2);
                    Assert.True(
                        progress.Running.Skip(1).All(attempt => attempt.IsSpeculative),
                        $"Two attempts of {batch.Id}/{clip.Row}/{stage}, the second not speculative.");
                    foreach (var attempt in progress.Running)
                    {
                        var address = new AttemptAddress(new StageAddress(batch.Id, clip.Row, stage), attempt.Number);
                        if (clip.Work[stage].Component is not null)
                            Assert.True(live.TryAdd(attempt.Worker, address), $"{attempt.Worker} has two live attempts after {happened}.");
                        if (attempt.Helper is { } helper)
                            Assert.True(
                                helpers.TryAdd(helper.Worker, new OffloadAddress(address, helper.Number)),
                                $"{helper.Worker} has two offloads after {happened}.");
                    }
                }
            }
        }

        // Consequences follow as separate events of the same decision, for example the abandonment of the other attempt after a success.
        foreach (var worker in State.Workers.Values.Where(worker => worker.Current is not null))
            Assert.Equal(worker.Current!.Address, live.GetValueOrDefault(worker.Id));
        foreach (var worker in State.Workers.Values)
            Assert.Equal(helpers.GetValueOrDefault(worker.Id), worker.Offload);
        Assert.All(helpers.Keys, worker => Assert.Contains(worker, State.Workers.Keys));
        foreach (var (worker, attempt) in live)
            Assert.Equal(attempt, State.Workers[worker].Current?.Address);
    }
}
