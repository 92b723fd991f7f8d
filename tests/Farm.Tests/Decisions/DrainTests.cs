using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Scheduling;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Farm.Tests.Decisions;

/// <summary>Workers that their owner takes out of the farm.</summary>
public sealed class DrainTests
{
    private static readonly StageAddress Encode = new("b1", 1, "encode-prompt");

    [Fact]
    public void Drained_worker_finishes_its_stage_and_gets_no_other()
    {
        var farm = new FarmScenario().WithWorker("w1").WithBatch("b1", FarmScenario.Settings());
        farm.Assign(Encode, "w1");

        farm.Farm.Drain("w1", farm.Now);

        Assert.Contains(farm.Complete("w1"), happened => happened is FarmEvents.AttemptSucceeded);
        Assert.Empty(farm.Schedule());
    }

    [Fact]
    public void Worker_stays_drained_when_it_leaves_and_joins_again()
    {
        var farm = new FarmScenario().WithWorker("w1").WithBatch("b1", FarmScenario.Settings());
        farm.Farm.Drain("w1", farm.Now);

        farm.WithoutWorker("w1").WithWorker("w1", epoch: "e2");

        Assert.Empty(farm.Schedule());
        farm.Farm.Resume("w1", farm.Now);
        Assert.Equal("w1", Assert.Single(farm.Schedule()).Worker);
    }

    [Fact]
    public void Repeated_requests_change_nothing()
    {
        var farm = new FarmScenario().WithWorker("w1");
        Assert.Single(farm.Farm.Drain("w1", farm.Now));
        Assert.Empty(farm.Farm.Drain("w1", farm.Now));
        Assert.Single(farm.Farm.Resume("w1", farm.Now));
        Assert.Empty(farm.Farm.Resume("w1", farm.Now));
    }

    [Fact]
    public void Clips_that_wait_for_a_drained_worker_say_so()
    {
        var farm = new FarmScenario().WithWorker("w1").WithBatch("b1", FarmScenario.Settings());
        farm.Farm.Drain("w1", farm.Now);
        var reasons = WaitingReasons.Of(farm.Farm.Snapshot, farm.State.Batches["b1"], [], new SchedulingOptions(), farm.Now);
        Assert.Equal(
            "No worker is in the farm (not counting w1, which is drained; see 'farm worker resume').", Assert.Single(reasons).Value);
    }

    [Theory]
    [InlineData("mini", "0123456789")]
    [InlineData("MINI", "0123456789")]
    [InlineData("012345", "0123456789")]
    [InlineData("0123456789", "0123456789")]
    [InlineData("01", null)]
    [InlineData("studio", null)]
    public void Worker_is_found_by_name_or_id(string text, string? id)
    {
        var found = DrainDecisions.Find(FarmWith(("0123456789", "mini")).State, text, drained: false);
        Assert.Equal(id, found.Id);
        Assert.Equal(id is null ? $"The farm has no worker '{text}'; its workers are mini." : null, found.Error);
    }

    [Fact]
    public void Name_of_two_workers_is_refused_with_their_ids()
    {
        var farm = FarmWith(("id-1", "mini"), ("id-2", "mini"));
        Assert.Equal(
            "2 workers have the name 'mini': use an id, id-1 or id-2.", DrainDecisions.Find(farm.State, "mini", drained: false).Error);
    }

    [Fact]
    public void Only_drained_workers_are_resumed()
    {
        var farm = FarmWith(("id-1", "mini"), ("id-2", "studio"));
        Assert.Equal("No worker 'mini' is drained.", DrainDecisions.Find(farm.State, "mini", drained: true).Error);
        farm.Farm.Drain("id-2", farm.Now);
        Assert.Equal(
            "No worker 'mini' is drained; drained are studio.", DrainDecisions.Find(farm.State, "mini", drained: true).Error);
        Assert.Equal("id-2", DrainDecisions.Find(farm.State, "studio", drained: true).Id);
    }

    private static FarmScenario FarmWith(params (string Id, string Name)[] workers)
    {
        var farm = new FarmScenario();
        foreach (var (id, name) in workers)
            farm.Farm.Register(new(id, "e1", name, "cpu", "m", FarmScenario.Capabilities, "model", []), farm.Now);
        return farm;
    }
}
