using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Tests.Decisions;

/// <summary>Concurrent attempts of a stage, and preempted attempts.</summary>
public sealed class SpeculativeAttemptTests
{
    private static readonly StageAddress Encode = new("b1", 1, "encode-prompt");

    [Theory]
    [InlineData("w1", "w2")]
    [InlineData("w2", "w1")]
    public void First_of_two_attempts_to_finish_wins_and_the_other_is_abandoned(string first, string other)
    {
        var farm = RacedFarm();
        var (winner, loser) = (farm.CurrentOf(first), farm.CurrentOf(other));
        var events = farm.Complete(first);

        Assert.Equal(
            [typeof(FarmEvents.AttemptSucceeded), typeof(FarmEvents.AttemptAbandoned)],
            events.Select(happened => happened.GetType()));
        Assert.Contains(new FarmEvents.AttemptAbandoned(loser, other, farm.Now), events);
        var status = farm.Status(Encode);
        Assert.Equal((StageState.Done, first, winner.Number), (status.State, status.Last!.Worker, status.Last.Number));
        Assert.Empty(status.Running);
        Assert.All(farm.State.Workers.Values, worker => Assert.Null(worker.Current));
        Assert.Empty(farm.Farm.Done(farm.DoneReport(loser, maker: "late"), farm.Now));
        Assert.Empty(farm.Farm.Fail(loser, FailureKind.Input, "late", farm.Now));
        Assert.False(farm.Farm.Progress(new StepProgress(loser, 1, 1), farm.Now));
    }

    [Fact]
    public void Stage_keeps_running_while_one_of_its_attempts_runs()
    {
        var farm = RacedFarm();
        farm.Farm.Remove("w1", FailureKind.Machine, "it was silent", farm.Now);

        var status = farm.Status(Encode);
        Assert.Equal((StageState.Running, true), (status.State, Assert.Single(status.Running).IsSpeculative));
        Assert.Equal(["w1"], status.FailedOn);
        farm.Complete("w2");
        Assert.Equal(StageState.Done, farm.Status(Encode).State);
    }

    [Fact]
    public void Failed_clip_abandons_its_other_attempts()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings(frames: 97) with { Audio = false }).WithWorker("w1")
            .WithWorker("w2").WithWorker("w3");
        foreach (var stage in new[] { "encode-prompt", "denoise-1", "upsample", "denoise-2" })
        {
            farm.Assign(Encode with { StageId = stage }, "w1");
            farm.Complete("w1");
        }

        var failing = farm.Assign(Encode with { StageId = "decode-video-0" }, "w1");
        var speculative = farm.Assign(failing.Stage, "w2", isSpeculative: true);
        var tile = farm.Assign(Encode with { StageId = "decode-video-1" }, "w3");
        var events = farm.Farm.Fail(failing, FailureKind.Input, "broken", farm.Now);

        Assert.Equal(
            [speculative, tile], events.OfType<FarmEvents.AttemptAbandoned>().Select(abandoned => abandoned.Attempt)
                .OrderBy(attempt => attempt.Stage.StageId));
        Assert.Equal(ClipState.Failed, farm.Clip("b1", 1).State);
        Assert.All(farm.State.Workers.Values, worker => Assert.Null(worker.Current));
        Assert.Empty(farm.State.Open);
    }

    [Fact]
    public void Preempted_stage_can_be_reassigned_and_its_old_attempt_is_stale()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings(1), FarmScenario.Settings(2)).WithWorker("w1");
        var stopped = farm.Assign(Encode, "w1");
        var events = farm.Carry(new Decision([stopped], [new Assignment(Encode with { Row = 2 }, "w1")], [], []));

        Assert.Equal([new FarmEvents.AttemptAbandoned(stopped, "w1", farm.Now)], events.OfType<FarmEvents.AttemptAbandoned>());
        Assert.Equal(Encode with { Row = 2 }, farm.CurrentOf("w1").Stage);
        var status = farm.Status(Encode);
        Assert.Equal(StageState.Ready, status.State);
        Assert.Empty(status.FailedOn);
        Assert.Empty(farm.Farm.Done(farm.DoneReport(stopped), farm.Now));
        farm.Complete("w1");
        Assert.Equal(2, farm.Assign(Encode, "w1").Number);
    }

    [Fact]
    public void Preempting_an_ended_attempt_has_no_effect()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1");
        var done = farm.Assign(Encode, "w1");
        farm.Complete("w1");
        Assert.Empty(farm.Carry(Decision.Nothing with { Preempt = [done] }));
    }

    private static FarmScenario RacedFarm()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1").WithWorker("w2");
        farm.Assign(Encode, "w1");
        farm.Assign(Encode, "w2", isSpeculative: true);
        Assert.Equal([(1, false), (2, true)], farm.Status(Encode).Running.Select(attempt => (attempt.Number, attempt.IsSpeculative)));
        return farm;
    }
}
