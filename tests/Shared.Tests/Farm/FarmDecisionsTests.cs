using MlxVideo.Shared.Api;
using MlxVideo.Shared.Farm;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Scheduling;

namespace MlxVideo.Shared.Tests.Farm;

public sealed class FarmDecisionsTests
{
    [Fact]
    public void A_clip_goes_through_its_stages_and_is_finished_by_the_mux()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1");
        var ran = new List<string>();
        while (farm.Schedule() is [var assignment])
        {
            ran.Add(assignment.Task.Stage);
            farm.Complete("w1");
        }

        Assert.Equal(["encode-prompt", "denoise-1", "upsample", "denoise-2", "decode-audio", "decode-video-0"], ran);
        var mux = new TaskAddress("b1", 1, "mux");
        farm.Apply(FarmDecisions.StartLocal(farm.State, mux, BatchViews.LocalWorker, farm.Now));
        var report = farm.DoneReport(new AttemptAddress(mux, 1));
        farm.Apply(FarmDecisions.Finish(farm.State, report, "cafe", farm.Now));

        Assert.Equal(ClipState.Finished, farm.Clip("b1", 1).State);
        Assert.Equal("cafe", farm.Clip("b1", 1).Framemd5);
        Assert.NotNull(farm.State.Batches["b1"].EndedAt);
    }

    [Fact]
    public void The_same_client_token_makes_one_batch()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings());
        Assert.Empty(FarmDecisions.Submit(farm.State, "b2", new SubmitBatch("token-b1", []), farm.Now));
    }

    [Fact]
    public void A_report_of_a_stale_attempt_changes_nothing()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1");
        farm.Schedule();
        var first = farm.CurrentOf("w1");
        farm.Apply(FarmDecisions.EndAttempt(farm.State, first, FailureKind.Machine, "crashed", farm.Now));
        farm.Schedule();

        Assert.Equal(2, farm.CurrentOf("w1").Number);
        Assert.Empty(FarmDecisions.Done(farm.State, farm.DoneReport(first), farm.Now));
        Assert.Empty(FarmDecisions.EndAttempt(farm.State, first, FailureKind.Input, "late", farm.Now));
    }

    [Fact]
    public void A_lost_workers_task_goes_to_another_with_the_next_attempt()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1").WithWorker("w2");
        farm.Schedule();
        farm.Apply(FarmDecisions.Lose(farm.State, "w1", FailureKind.Machine, "it was silent", farm.Now));
        farm.Schedule();

        Assert.Equal(new AttemptAddress(new TaskAddress("b1", 1, "encode-prompt"), 2), farm.CurrentOf("w2"));
        Assert.DoesNotContain("w1", farm.State.Workers.Keys);
    }

    [Fact]
    public void A_worker_that_comes_back_with_a_new_epoch_has_lost_what_it_did()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1");
        farm.Schedule();
        farm.WithWorker("w1", epoch: "e2");

        Assert.Null(farm.State.Workers["w1"].Current);
        Assert.Equal(StageState.Ready, farm.Stage("b1", 1, "encode-prompt").State);
    }

    [Fact]
    public void A_fault_of_the_input_fails_the_clip_at_once()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1");
        farm.Schedule();
        farm.Apply(FarmDecisions.EndAttempt(farm.State, farm.CurrentOf("w1"), FailureKind.Input, "the image is broken", farm.Now));

        Assert.Equal(ClipState.Failed, farm.Clip("b1", 1).State);
        Assert.Equal("encode-prompt: the image is broken", farm.Clip("b1", 1).Error);
        Assert.Empty(farm.Schedule());
    }

    [Fact]
    public void Three_workers_that_fail_a_task_fail_its_clip()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1").WithWorker("w2").WithWorker("w3");
        foreach (var expected in new[] { "w1", "w2", "w3" })
        {
            Assert.Equal(expected, Assert.Single(farm.Schedule()).Worker);
            farm.Apply(FarmDecisions.EndAttempt(farm.State, farm.CurrentOf(expected), FailureKind.Machine, "broken", farm.Now));
        }

        Assert.Equal(ClipState.Failed, farm.Clip("b1", 1).State);
    }

    [Fact]
    public void Preemption_counts_for_nothing()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1");
        for (var i = 0; i < 2 * FarmDecisions.MaxFailures; i++)
        {
            farm.Schedule();
            farm.Apply(FarmDecisions.EndAttempt(farm.State, farm.CurrentOf("w1"), FailureKind.Preempted, "wanted back", farm.Now));
        }

        Assert.Equal(StageState.Ready, farm.Stage("b1", 1, "encode-prompt").State);
        Assert.True(farm.Clip("b1", 1).IsOpen);
    }

    [Fact]
    public void Outputs_that_are_not_the_tasks_count_as_the_machines_fault()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1");
        farm.Schedule();
        var attempt = farm.CurrentOf("w1");
        farm.Apply(FarmDecisions.Done(farm.State, new AttemptDone(attempt, [new NamedBlob("else", FarmScenario.Blob("else"))]), farm.Now));

        Assert.Equal(StageState.Ready, farm.Stage("b1", 1, "encode-prompt").State);
        Assert.Equal(["w1"], farm.Stage("b1", 1, "encode-prompt").FailedOn);
    }

    [Fact]
    public void Cancelling_ends_the_batch_and_frees_the_workers()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings(1), FarmScenario.Settings(2)).WithWorker("w1");
        farm.Schedule();
        farm.Apply(FarmDecisions.Cancel(farm.State, "b1", farm.Now));

        Assert.All(farm.State.Batches["b1"].Clips.Values, clip => Assert.Equal(ClipState.Cancelled, clip.State));
        Assert.NotNull(farm.State.Batches["b1"].EndedAt);
        Assert.Null(farm.State.Workers["w1"].Current);
        Assert.Empty(farm.Schedule());
    }

    [Fact]
    public void A_view_shows_steps_times_and_who_took_part()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings()).WithWorker("w1");
        farm.Schedule();
        farm.Complete("w1");
        farm.Schedule();
        farm.Now += TimeSpan.FromSeconds(4);
        var steps = new Dictionary<AttemptAddress, (int, int)> { [farm.CurrentOf("w1")] = (3, 8) };

        var view = BatchViews.Of(farm.State, farm.State.Batches["b1"], 7, steps, StageTimes.None, farm.Now);

        var denoise = Assert.Single(view.Clips).Stages.Single(stage => stage.Stage == "denoise-1");
        Assert.Equal((StageState.Running, "w1", 1, 3, 8, 4d), (denoise.State, denoise.Worker, denoise.Attempt, denoise.Step, denoise.Steps, denoise.ElapsedS));
        Assert.Equal(["w1"], view.Workers);
        Assert.Equal(BatchState.Running, view.State);
    }
}
