using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Farm.Tests.Decisions;

/// <summary>Several live attempts of a task, and attempts that are stopped.</summary>
public sealed class FarmCopiesTests
{
    private static readonly TaskAddress Encode = new("b1", 1, "encode-prompt");

    [Theory]
    [InlineData("w1", "w2")]
    [InlineData("w2", "w1")]
    public void The_first_of_two_live_attempts_wins_and_the_other_is_abandoned(string first, string other)
    {
        var farm = RacedFarm();
        var (winner, loser) = (farm.CurrentOf(first), farm.CurrentOf(other));
        var events = farm.Complete(first);

        Assert.Equal(
            [typeof(FarmEvents.AttemptSucceeded), typeof(FarmEvents.AttemptAbandoned)],
            events.Select(happened => happened.GetType()));
        Assert.Contains(new FarmEvents.AttemptAbandoned(loser, other, farm.Now), events);
        var stage = farm.Stage(Encode);
        Assert.Equal((StageState.Done, first, winner.Number), (stage.State, stage.Last!.Worker, stage.Last.Number));
        Assert.Empty(stage.Running);
        Assert.All(farm.State.Workers.Values, worker => Assert.Null(worker.Current));
        Assert.Empty(farm.Farm.Done(farm.DoneReport(loser, maker: "late"), farm.Now));
        Assert.Empty(farm.Farm.Fail(loser, FailureKind.Input, "late", farm.Now));
        Assert.False(farm.Farm.Progress(new StepProgress(loser, 1, 1), farm.Now));
    }

    [Fact]
    public void A_task_goes_on_while_one_of_its_attempts_does()
    {
        var farm = RacedFarm();
        farm.Farm.Lose("w1", FailureKind.Machine, "it was silent", farm.Now);

        var stage = farm.Stage(Encode);
        Assert.Equal((StageState.Running, true), (stage.State, Assert.Single(stage.Running).IsCopy));
        Assert.Equal(["w1"], stage.FailedOn);
        farm.Complete("w2");
        Assert.Equal(StageState.Done, farm.Stage(Encode).State);
    }

    [Fact]
    public void A_clip_that_fails_abandons_its_other_attempts()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings(frames: 97) with { Audio = false }).WithWorker("w1")
            .WithWorker("w2").WithWorker("w3");
        foreach (var stage in new[] { "encode-prompt", "denoise-1", "upsample", "denoise-2" })
        {
            farm.Give(Encode with { Stage = stage }, "w1");
            farm.Complete("w1");
        }

        var failing = farm.Give(Encode with { Stage = "decode-video-0" }, "w1");
        var copy = farm.Give(failing.Task, "w2", isCopy: true);
        var tile = farm.Give(Encode with { Stage = "decode-video-1" }, "w3");
        var events = farm.Farm.Fail(failing, FailureKind.Input, "broken", farm.Now);

        Assert.Equal(
            [copy, tile], events.OfType<FarmEvents.AttemptAbandoned>().Select(abandoned => abandoned.Attempt)
                .OrderBy(attempt => attempt.Task.Stage));
        Assert.Equal(ClipState.Failed, farm.Clip("b1", 1).State);
        Assert.All(farm.State.Workers.Values, worker => Assert.Null(worker.Current));
        Assert.Empty(farm.State.Open);
    }

    [Fact]
    public void A_preempted_task_can_be_given_again_and_its_old_attempt_is_stale()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings(1), FarmScenario.Settings(2)).WithWorker("w1");
        var stopped = farm.Give(Encode, "w1");
        var events = farm.Carry(new Decision([stopped], [new Assignment(Encode with { Row = 2 }, "w1")], [], []));

        Assert.Equal([new FarmEvents.AttemptAbandoned(stopped, "w1", farm.Now)], events.OfType<FarmEvents.AttemptAbandoned>());
        Assert.Equal(Encode with { Row = 2 }, farm.CurrentOf("w1").Task);
        var stage = farm.Stage(Encode);
        Assert.Equal(StageState.Ready, stage.State);
        Assert.Empty(stage.FailedOn);
        Assert.Empty(farm.Farm.Done(farm.DoneReport(stopped), farm.Now));
        farm.Complete("w1");
        Assert.Equal(2, farm.Give(Encode, "w1").Number);
    }

    [Fact]
    public void Preempting_an_attempt_that_is_over_changes_nothing()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1");
        var done = farm.Give(Encode, "w1");
        farm.Complete("w1");
        Assert.Empty(farm.Carry(Decision.Nothing with { Preempt = [done] }));
    }

    private static FarmScenario RacedFarm()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1").WithWorker("w2");
        farm.Give(Encode, "w1");
        farm.Give(Encode, "w2", isCopy: true);
        Assert.Equal([(1, false), (2, true)], farm.Stage(Encode).Running.Select(attempt => (attempt.Number, attempt.IsCopy)));
        return farm;
    }
}
