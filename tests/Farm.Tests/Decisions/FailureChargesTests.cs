using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Farm.Views;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Tests.Decisions;

public sealed class FailureChargesTests
{
    private static readonly StageAddress Encode = new("b1", 1, "encode-prompt");

    [Fact]
    public void Repeated_full_disk_failures_are_not_charged()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1");
        for (var i = 0; i < 4 * FarmDecisions.MaxFailures; i++)
            farm.Farm.Fail(farm.Assign(Encode, "w1"), FailureKind.Disk, "full", farm.Now);

        Assert.True(farm.Clip("b1", 1).IsOpen);
        Assert.Empty(farm.Status(Encode).FailedOn);
        Assert.Equal("w1", Assert.Single(farm.Schedule()).Worker);
    }

    [Fact]
    public void Coordinator_failures_are_bounded_and_not_charged_to_workers()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1").WithWorker("w2").WithWorker("w3");
        for (var failure = 1; failure < FarmDecisions.MaxFailures; failure++)
        {
            farm.Farm.Fail(farm.Assign(Encode, $"w{1 + (failure % 3)}"), FailureKind.Coordinator, "ffmpeg ended", farm.Now);
            Assert.True(farm.Clip("b1", 1).IsOpen);
        }

        Assert.All(farm.Status(Encode).FailedOn, charged => Assert.Equal(FailureCharges.Coordinator, charged));
        farm.Farm.Fail(farm.Assign(Encode, "w1"), FailureKind.Coordinator, "ffmpeg ended", farm.Now);
        Assert.Contains("ffmpeg ended", farm.Clip("b1", 1).Error);
    }

    [Theory]
    [InlineData(FailureKind.Disk)]
    [InlineData(FailureKind.Coordinator)]
    [InlineData(FailureKind.Preempted)]
    public void Helper_that_is_not_at_fault_can_be_chosen_again(FailureKind kind)
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1").WithWorker("w2");
        var attempt = farm.Assign(Encode, "w1");
        var offload = farm.Carry(Decision.Nothing with { Offload = [new OffloadAssignment(attempt, "w2", 1)] })
            .OfType<FarmEvents.OffloadAssigned>()
            .Single().Offload;
        farm.Farm.FailOffload(offload, kind, farm.Now);
        Assert.Empty(farm.Status(Encode).OffloadFailedOn);
    }

    [Fact]
    public void Worker_with_a_full_disk_gets_no_stage_until_space_is_free()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings(1), FarmScenario.Settings(2)).WithWorker("w1").WithWorker("w2");
        farm.Farm.ChangeCondition("w1", "The disk is full.", farm.Now);
        Assert.Equal("The disk is full.", BatchViews.Status(farm.State).Workers.Single(worker => worker.Id == "w1").Problem);
        Assert.Equal(["w2"], farm.Schedule().Select(assignment => assignment.Worker));

        Assert.Single(farm.Farm.ChangeCondition("w1", null, farm.Now));
        Assert.Empty(farm.Farm.ChangeCondition("w1", null, farm.Now));
        Assert.Equal(["w1"], farm.Schedule().Select(assignment => assignment.Worker));
    }

    [Fact]
    public void Condition_of_a_worker_that_left_is_ignored() =>
        Assert.Empty(new FarmScenario().Farm.ChangeCondition("gone", "The disk is full.", default));

    [Fact]
    public void Rejoined_worker_starts_without_a_problem()
    {
        var farm = new FarmScenario().WithWorker("w1");
        farm.Farm.ChangeCondition("w1", "The disk is full.", farm.Now);
        Assert.Null(farm.WithWorker("w1", epoch: "e2").State.Workers["w1"].Problem);
    }
}
