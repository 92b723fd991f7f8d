using MlxVideo.Coordinator.Farm;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Policies;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Tests.Farm;

/// <summary>Behaviour of the farm while the coordinator's own storage or muxing fails.</summary>
public sealed class StorageHoldTests : FarmActorTestKit
{
    private const int StagesOfAClip = 5;

    [Fact]
    public void Work_is_held_while_the_disk_is_full_and_resumes_automatically()
    {
        var worker = Join("w1");
        Muxing.StorageProblem = "The disk is full.";
        var id = Submit(1);
        worker.ExpectNoMsg(TimeSpan.Zero);
        Assert.Equal("The disk is full.", View(id).Problem);
        Assert.Equal("The disk is full.", Ask<FarmStatus>(FarmQueries.GetFarm.Instance).Problem);

        Muxing.StorageProblem = null;
        Advance(new FarmOptions().TickInterval);
        worker.ExpectMsg<AssignStage>();
        Assert.Null(View(id).Problem);
    }

    [Fact]
    public void Long_poll_is_answered_when_the_disk_is_full()
    {
        var id = Submit(1);
        var watcher = CreateTestProbe();
        Farm.Tell(new FarmQueries.GetBatch(id, View(id).Version, TimeSpan.FromSeconds(20)), watcher);
        Muxing.StorageProblem = "The disk is full.";
        Advance(new FarmOptions().TickInterval);
        Advance(new FarmOptions().ViewInterval);
        Assert.Equal("The disk is full.", watcher.ExpectMsg<FarmQueries.BatchAnswer>().View!.Problem);
    }

    [Fact]
    public void Result_kept_by_a_worker_is_accepted_once_the_disk_has_space()
    {
        var worker = Join("w1");
        Submit(1);
        var assignment = worker.ExpectMsg<AssignStage>();
        Muxing.StorageProblem = "The disk is full.";
        for (var waited = TimeSpan.Zero; waited < 4 * new FarmOptions().Lease; waited += new FarmOptions().Lease / 2)
        {
            Farm.Tell(new AttemptProgress(assignment.Attempt, 1, 1), worker);
            Ask<FarmStatus>(FarmQueries.GetFarm.Instance); // the report was processed
            Advance(new FarmOptions().Lease / 2);
        }

        Muxing.StorageProblem = null;
        Complete(worker, assignment);
        Assert.Equal("denoise-1", worker.ExpectMsg<AssignStage>().Attempt.Stage.StageId);
    }

    [Fact]
    public void Muxing_continues_while_the_disk_is_full_because_it_frees_space()
    {
        var worker = Join("w1");
        var id = Submit(1, audio: false);
        RenderAll(worker, StagesOfAClip - 1);
        var last = worker.ExpectMsg<AssignStage>();
        Muxing.StorageProblem = "The disk is full.";
        Complete(worker, last);
        Assert.Equal(ClipState.Finished, Assert.Single(Ended(id).Clips).State);
    }

    [Fact]
    public void Muxing_that_failed_on_the_coordinator_is_retried_after_a_delay()
    {
        Muxing.Failures.Enqueue(new ClipMuxingException(FailureKind.Coordinator, "ffmpeg ended"));
        Muxing.Failures.Enqueue(new InvalidOperationException("anything else"));
        var worker = Join("w1");
        var id = Submit(1, audio: false);
        RenderAll(worker, StagesOfAClip);
        AwaitAssert(() => Assert.Single(Muxing.Failures)); // one attempt, no immediate retry
        Assert.Equal(ClipState.Rendering, Assert.Single(View(id).Clips).State);

        Retry();
        AwaitAssert(() => Assert.Empty(Muxing.Failures));
        Retry();
        Assert.Equal((ClipState.Finished, 3), (Ended(id).Clips[0].State, Ended(id).Clips[0].Stages[^1].Attempt));
    }

    [Fact]
    public void Repeated_mux_failure_fails_the_clip_with_the_coordinators_message()
    {
        for (var failure = 0; failure < FarmDecisions.MaxFailures; failure++)
            Muxing.Failures.Enqueue(new ClipMuxingException(FailureKind.Coordinator, "ffmpeg can't be started"));
        var worker = Join("w1");
        var id = Submit(1, audio: false);
        RenderAll(worker, StagesOfAClip);
        for (var left = FarmDecisions.MaxFailures - 1; left >= 0; left--)
        {
            AwaitAssert(() => Assert.Equal(left, Muxing.Failures.Count));
            Retry();
        }

        Assert.Equal("mux: ffmpeg can't be started", Assert.Single(Ended(id).Clips).Error);
    }

    [Fact]
    public void Full_disk_during_muxing_never_fails_a_row()
    {
        for (var failure = 0; failure < 2 * FarmDecisions.MaxFailures; failure++)
            Muxing.Failures.Enqueue(new ClipMuxingException(FailureKind.Disk, "full"));
        var worker = Join("w1");
        var id = Submit(1, audio: false);
        RenderAll(worker, StagesOfAClip);
        for (var left = (2 * FarmDecisions.MaxFailures) - 1; left >= 0; left--)
        {
            AwaitAssert(() => Assert.Equal(left, Muxing.Failures.Count));
            Retry();
        }

        Assert.Equal(ClipState.Finished, Assert.Single(Ended(id).Clips).State);
    }

    [Fact]
    public void Damaged_tile_fails_its_row_immediately()
    {
        Muxing.Failures.Enqueue(new ClipMuxingException(FailureKind.Input, "the tile is damaged"));
        var worker = Join("w1");
        var id = Submit(1, audio: false);
        RenderAll(worker, StagesOfAClip);
        Assert.Equal("mux: the tile is damaged", Assert.Single(Ended(id).Clips).Error);
    }

    [Fact]
    public void Worker_with_a_full_disk_gets_no_stage_until_space_is_free()
    {
        var worker = Join("w1");
        Submit(1);
        var failed = worker.ExpectMsg<AssignStage>();
        Farm.Tell(new WorkerResident("w1", [], null, 0, "The disk is full."), worker);
        Farm.Tell(new AttemptFailed(failed.Attempt, FailureKind.Disk, "The disk is full."), worker);
        worker.ExpectMsg<ReportAcknowledged>();
        Advance(new FarmOptions().TickInterval);
        Assert.Equal("The disk is full.", Assert.Single(Ask<FarmStatus>(FarmQueries.GetFarm.Instance).Workers).Problem);
        worker.ExpectNoMsg(TimeSpan.Zero);

        Farm.Tell(new WorkerResident("w1", [], null, 0), worker);
        Assert.Equal(failed.Attempt with { Number = 2 }, worker.ExpectMsg<AssignStage>().Attempt);
    }

    /// <summary>Advances the clock beyond any retry delay.</summary>
    private void Retry()
    {
        View("none"); // earlier messages were processed
        Advance(TimeSpan.FromMinutes(2));
    }
}
