using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Tests.Decisions;

/// <summary>Attempts of workers that lost contact and rejoined.</summary>
public sealed class LostAttemptsTests
{
    private static readonly StageAddress Encode = new("b1", 1, "encode-prompt");

    [Fact]
    public void Rejoined_worker_resumes_the_attempt_that_it_still_holds()
    {
        var farm = new FarmScenario().WithWorker("w1").WithBatch("b1", FarmScenario.Settings());
        var attempt = farm.Assign(Encode, "w1");
        Fall(farm, "w1");
        Assert.Equal(StageState.Ready, farm.Status(Encode).State);

        Return(farm, "w1", attempt);

        Assert.Equal(attempt, farm.CurrentOf("w1"));
        Assert.Equal((StageState.Running, 1), (farm.Status(Encode).State, farm.Status(Encode).Attempt));
        Assert.Empty(farm.Status(Encode).FailedOn);
        Assert.Contains(farm.Complete("w1"), happened => happened is FarmEvents.AttemptSucceeded);
        Assert.Equal(StageState.Done, farm.Status(Encode).State);
    }

    [Fact]
    public void Result_of_a_rejoined_worker_is_accepted_although_the_stage_was_reassigned()
    {
        var farm = new FarmScenario().WithWorker("w1").WithWorker("w2").WithBatch("b1", FarmScenario.Settings());
        var first = farm.Assign(Encode, "w1");
        Fall(farm, "w1");
        var second = farm.Assign(Encode, "w2");
        Return(farm, "w1", first);

        var events = farm.Farm.Done(farm.DoneReport(first), farm.Now);

        Assert.Contains(new FarmEvents.AttemptAbandoned(second, "w2", farm.Now), events);
        Assert.Equal(StageState.Done, farm.Status(Encode).State);
        Assert.Null(farm.State.Workers["w1"].Current);
        Assert.Null(farm.State.Workers["w2"].Current);
    }

    [Fact]
    public void Late_report_of_a_lost_attempt_is_refused_until_its_worker_rejoins()
    {
        var farm = new FarmScenario().WithWorker("w1").WithBatch("b1", FarmScenario.Settings());
        var attempt = farm.Assign(Encode, "w1");
        var report = farm.DoneReport(attempt);
        Fall(farm, "w1");

        Assert.Empty(farm.Farm.Done(report, farm.Now));
    }

    [Theory]
    [InlineData("another worker's")]
    [InlineData("an attempt that failed")]
    [InlineData("an unknown batch's")]
    [InlineData("a stage that is done")]
    public void Worker_resumes_only_attempts_that_it_lost_itself(string claimed)
    {
        var farm = new FarmScenario().WithWorker("w1").WithWorker("w2").WithBatch("b1", FarmScenario.Settings());
        var attempt = farm.Assign(Encode, "w1");
        switch (claimed)
        {
            case "another worker's":
                Fall(farm, "w1");
                Fall(farm, "w2");
                Return(farm, "w2", attempt);
                break;
            case "an attempt that failed":
                farm.Farm.Fail(attempt, FailureKind.Machine, "out of order", farm.Now);
                Fall(farm, "w1");
                Return(farm, "w1", attempt);
                break;
            case "an unknown batch's":
                Fall(farm, "w1");
                Return(farm, "w1", attempt with { Stage = Encode with { Batch = "b9" } });
                break;
            default:
                Fall(farm, "w1");
                farm.Assign(Encode, "w2");
                farm.Complete("w2");
                Return(farm, "w1", attempt);
                break;
        }

        Assert.All(farm.State.Workers.Values, worker => Assert.Null(worker.Current));
        Assert.DoesNotContain(farm.Status(Encode).Running, live => live.Number == attempt.Number);
    }

    [Fact]
    public void Stage_with_a_speculative_attempt_is_not_resumed_by_a_third_worker()
    {
        var farm = new FarmScenario().WithWorker("w1").WithWorker("w2").WithWorker("w3").WithBatch("b1", FarmScenario.Settings());
        var first = farm.Assign(Encode, "w1");
        Fall(farm, "w1");
        farm.Assign(Encode, "w2");
        farm.Assign(Encode, "w3", isSpeculative: true);

        Return(farm, "w1", first);

        Assert.Equal(2, farm.Status(Encode).Running.Count);
    }

    [Fact]
    public void Worker_that_left_cleanly_does_not_resume_its_attempt()
    {
        var farm = new FarmScenario().WithWorker("w1").WithBatch("b1", FarmScenario.Settings());
        var attempt = farm.Assign(Encode, "w1");
        farm.Farm.Remove("w1", FailureKind.Preempted, "it left", farm.Now);

        Return(farm, "w1", attempt);

        Assert.Equal(StageState.Ready, farm.Status(Encode).State);
    }

    [Fact]
    public void Restarted_process_resumes_the_attempt_whose_result_it_has()
    {
        var farm = new FarmScenario().WithWorker("w1").WithBatch("b1", FarmScenario.Settings());
        var attempt = farm.Assign(Encode, "w1");

        Return(farm, "w1", attempt, epoch: "e2");

        Assert.Equal(attempt, farm.CurrentOf("w1"));
        Assert.Equal((StageState.Running, 1), (farm.Status(Encode).State, farm.Status(Encode).Attempt));
        Assert.Empty(farm.Status(Encode).Errors);
        Assert.Contains(farm.Complete("w1"), happened => happened is FarmEvents.AttemptSucceeded);
    }

    [Fact]
    public void Restarted_process_without_the_result_loses_the_attempt()
    {
        var farm = new FarmScenario().WithWorker("w1").WithBatch("b1", FarmScenario.Settings());
        var attempt = farm.Assign(Encode, "w1");

        Return(farm, "w1", attempt with { Number = 7 }, epoch: "e2");

        Assert.Null(farm.State.Workers["w1"].Current);
        Assert.Equal((StageState.Ready, "w1"), (farm.Status(Encode).State, Assert.Single(farm.Status(Encode).FailedOn)));
    }

    private static void Fall(FarmScenario farm, string worker) => farm.Farm.Remove(worker, FailureKind.Machine, "it was silent", farm.Now);

    private static void Return(FarmScenario farm, string worker, AttemptAddress held, string epoch = "e1") =>
        farm.Farm.Register(new RegisterWorker(worker, epoch, worker, "cpu", "m", FarmScenario.Capabilities, "model m", [held]), farm.Now);
}
