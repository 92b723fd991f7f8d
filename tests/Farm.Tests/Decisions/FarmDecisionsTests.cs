using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Farm.Views;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Tests.Decisions;

public sealed class FarmDecisionsTests
{
    private static readonly StageAddress Encode = new("b1", 1, "encode-prompt");

    [Fact]
    public void Clip_runs_through_its_stages_and_is_finished_by_the_mux()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1");
        var ran = new List<string>();
        while (farm.Schedule() is [var assignment])
        {
            ran.Add(assignment.Stage.StageId);
            farm.Complete("w1");
        }

        Assert.Equal(["encode-prompt", "denoise-1", "upsample", "denoise-2"], ran.Take(4));
        Assert.Equal(["decode-audio", "decode-video-0"], ran.Skip(4).Order());
        var mux = new StageAddress("b1", 1, "mux");
        Assert.Equal([mux], farm.State.Local);
        farm.Farm.StartLocal(mux, BatchViews.LocalWorker, farm.Now);
        Assert.Empty(farm.State.Local);
        farm.Farm.Finish(farm.DoneReport(new AttemptAddress(mux, 1)), "cafe", farm.Now);

        Assert.Equal(ClipState.Finished, farm.Clip("b1", 1).State);
        Assert.Equal("cafe", farm.Clip("b1", 1).Framemd5);
        Assert.NotNull(farm.State.Batches["b1"].EndedAt);
        Assert.Empty(farm.State.Open);
        Assert.Empty(farm.State.ByKey);
    }

    [Fact]
    public void Repeated_client_token_creates_no_second_batch()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings());
        Assert.Empty(farm.Farm.Submit("b2", new BatchRequest("token-b1", []), farm.Now));
    }

    [Fact]
    public void Report_of_a_stale_attempt_is_ignored()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1");
        farm.Schedule();
        var first = farm.CurrentOf("w1");
        farm.Farm.Fail(first, FailureKind.Machine, "crashed", farm.Now);
        farm.Schedule();

        Assert.Equal(2, farm.CurrentOf("w1").Number);
        Assert.Empty(farm.Farm.Done(farm.DoneReport(first), farm.Now));
        Assert.Empty(farm.Farm.Fail(first, FailureKind.Input, "late", farm.Now));
        Assert.False(farm.Farm.Progress(new StepProgress(first, 1, 2), farm.Now));
    }

    [Fact]
    public void Stage_of_a_lost_worker_is_reassigned_with_the_next_attempt_number()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1").WithWorker("w2");
        farm.Schedule();
        farm.Farm.Remove("w1", FailureKind.Machine, "it was silent", farm.Now);
        farm.Schedule();

        Assert.Equal(new AttemptAddress(Encode, 2), farm.CurrentOf("w2"));
        Assert.DoesNotContain("w1", farm.State.Workers.Keys);
    }

    [Fact]
    public void Worker_that_rejoins_with_a_new_epoch_loses_its_attempt()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1");
        farm.Schedule();
        farm.WithWorker("w1", epoch: "e2");

        Assert.Null(farm.State.Workers["w1"].Current);
        Assert.Equal(StageState.Ready, farm.Status(Encode).State);
    }

    [Fact]
    public void Input_failure_fails_the_clip_immediately()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1");
        farm.Schedule();
        farm.Farm.Fail(farm.CurrentOf("w1"), FailureKind.Input, "the image is broken", farm.Now);

        Assert.Equal(ClipState.Failed, farm.Clip("b1", 1).State);
        Assert.Equal("encode-prompt: the image is broken", farm.Clip("b1", 1).Error);
        Assert.Empty(farm.Schedule());
    }

    [Fact]
    public void Clip_fails_after_its_stage_failed_on_three_workers()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1").WithWorker("w2").WithWorker("w3");
        var failed = new List<string>();
        while (farm.Schedule() is [var assignment])
        {
            failed.Add(assignment.Worker);
            farm.Farm.Fail(farm.CurrentOf(assignment.Worker), FailureKind.Machine, "broken", farm.Now);
        }

        Assert.Equal(["w1", "w2", "w3"], failed.Order());
        Assert.Equal(ClipState.Failed, farm.Clip("b1", 1).State);
    }

    [Fact]
    public void Preempted_attempts_are_not_charged_as_failures()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1");
        for (var i = 0; i < 2 * FarmDecisions.MaxFailures; i++)
        {
            farm.Schedule();
            farm.Farm.Fail(farm.CurrentOf("w1"), FailureKind.Preempted, "wanted back", farm.Now);
        }

        Assert.Equal(StageState.Ready, farm.Status(Encode).State);
        Assert.True(farm.Clip("b1", 1).IsOpen);
    }

    [Fact]
    public void Unexpected_outputs_are_charged_as_a_machine_failure()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1");
        farm.Schedule();
        farm.Farm.Done(new CompleteAttempt(farm.CurrentOf("w1"), [new NamedBlob("else", FarmScenario.Blob("else"))]), farm.Now);

        Assert.Equal(StageState.Ready, farm.Status(Encode).State);
        Assert.Equal(["w1"], farm.Status(Encode).FailedOn);
    }

    [Fact]
    public void Cancellation_abandons_running_attempts_and_ends_the_batch()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings(1), FarmScenario.Settings(2)).WithWorker("w1");
        farm.Schedule();
        var running = farm.CurrentOf("w1");
        var events = farm.Farm.Cancel("b1", farm.Now);

        Assert.Equal([new FarmEvents.AttemptAbandoned(running, "w1", farm.Now)], events.OfType<FarmEvents.AttemptAbandoned>());
        Assert.All(farm.State.Batches["b1"].Clips.Values, clip => Assert.Equal(ClipState.Cancelled, clip.State));
        Assert.NotNull(farm.State.Batches["b1"].EndedAt);
        Assert.Null(farm.State.Workers["w1"].Current);
        Assert.Empty(farm.Schedule());
    }

    [Fact]
    public void Cancelled_mux_is_removed_and_its_result_is_ignored()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1");
        while (farm.Schedule() is [_])
            farm.Complete("w1");
        var mux = Assert.Single(farm.State.Local);
        farm.Farm.StartLocal(mux, BatchViews.LocalWorker, farm.Now);
        farm.Farm.Cancel("b1", farm.Now);

        Assert.Empty(farm.State.Local);
        Assert.Empty(farm.Farm.Finish(farm.DoneReport(new AttemptAddress(mux, 1)), "cafe", farm.Now));
        Assert.Equal(ClipState.Cancelled, farm.Clip("b1", 1).State);
    }

    [Fact]
    public void Batch_view_shows_steps_times_and_participating_workers()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1");
        farm.Schedule();
        farm.Complete("w1");
        farm.Schedule();
        farm.Farm.Progress(new StepProgress(farm.CurrentOf("w1"), 3, 8), farm.Now);
        farm.Now += TimeSpan.FromSeconds(4);

        var view = BatchViews.Of(farm.Farm.Snapshot, farm.State.Batches["b1"], 7, new SchedulingOptions(), farm.Now);

        var clip = Assert.Single(view.Clips);
        var denoise = clip.Stages.Single(stage => stage.Stage == "denoise-1");
        Assert.Equal(
            (StageState.Running, "w1", 1, 3, 8, 4d),
            (denoise.State, denoise.Worker, denoise.Attempt, denoise.Step, denoise.Steps, denoise.ElapsedS));
        Assert.True(
            clip.Remaining is { } remaining && remaining.EarliestS <= remaining.ExpectedS && remaining.ExpectedS <= remaining.LatestS);
        Assert.Equal(["w1"], view.Workers);
        Assert.Equal((BatchState.Running, 7), (view.State, view.Version));
    }
}
