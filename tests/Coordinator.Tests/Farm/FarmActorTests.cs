using Akka.Actor;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Tests.Farm;

public sealed class FarmActorTests : FarmActorTestKit
{
    [Fact]
    public void Worker_renders_a_clip_stage_by_stage()
    {
        var worker = Join("w1");
        var id = Submit(1);
        var stages = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            var assignment = worker.ExpectMsg<AssignStage>();
            stages.Add(assignment.Attempt.Stage.StageId);
            Complete(worker, assignment);
        }

        Assert.Equal(["encode-prompt", "denoise-1", "upsample", "denoise-2"], stages.Take(4));
        Assert.Equal(["decode-audio", "decode-video-0"], stages.Skip(4).Order());
        var clip = Assert.Single(Ended(id).Clips);
        Assert.Equal((ClipState.Finished, "cafe"), (clip.State, clip.Framemd5));
    }

    [Fact]
    public void Intermediate_blobs_are_discarded_after_the_last_clip_that_uses_them()
    {
        var (first, second) = (Join("w1"), Join("w2"));
        var id = Submit(2, audio: false);
        for (var stage = 0; stage < 4; stage++)
        {
            Complete(first, first.ExpectMsg<AssignStage>());
            Complete(second, second.ExpectMsg<AssignStage>());
        }

        // Every fake output has the same digest: both clips use one blob.
        Complete(first, first.ExpectMsg<AssignStage>());
        AwaitAssert(() => Assert.Contains(View(id).Clips, clip => clip.State == ClipState.Finished));
        Assert.Empty(Muxing.Discarded);
        Complete(second, second.ExpectMsg<AssignStage>());

        Ended(id);
        Assert.Equal([new BlobRef(new string('b', 64), 1)], Muxing.Discarded);
    }

    [Fact]
    public void Stage_of_a_silent_worker_is_reassigned_after_the_lease()
    {
        var silent = Join("w1");
        Submit(1);
        var lost = silent.ExpectMsg<AssignStage>();
        var other = Join("w2");
        Advance(new FarmOptions().Lease + TimeSpan.FromSeconds(2));

        var again = other.ExpectMsg<AssignStage>();
        Assert.Equal(lost.Attempt with { Number = 2 }, again.Attempt);

        Complete(other, again);
        // After the worker has rejoined, its late report is acknowledged to stop it from resending, and has no effect.
        Return(silent, "w1", lost.Attempt);
        Farm.Tell(DoneReport(lost), silent);
        silent.ExpectMsg<ReportAcknowledged>();
        Farm.Tell(new AttemptProgress(lost.Attempt, 1, 2), silent);
        silent.ExpectMsg<CancelAttempt>();
    }

    [Fact]
    public void Report_of_a_lost_worker_is_not_acknowledged_until_it_registers_again()
    {
        var silent = Join("w1");
        var id = Submit(1);
        var lost = silent.ExpectMsg<AssignStage>();
        Advance(new FarmOptions().Lease + TimeSpan.FromSeconds(2));

        Farm.Tell(new AttemptProgress(lost.Attempt, 1, 2), silent);
        Farm.Tell(DoneReport(lost), silent);
        Ask<FarmStatus>(FarmQueries.GetFarm.Instance); // both were processed
        silent.ExpectNoMsg(TimeSpan.Zero);

        Return(silent, "w1", lost.Attempt);
        Complete(silent, lost);
        Assert.Equal((StageState.Done, 1), (View(id).Clips[0].Stages[0].State, View(id).Clips[0].Stages[0].Attempt));
    }

    [Fact]
    public void Worker_on_a_node_removed_from_the_cluster_is_not_registered()
    {
        var silent = Join("w1");
        Advance(new FarmOptions().Lease + TimeSpan.FromSeconds(2));
        Members.IsMember = false;
        Sys.Stop(silent);
        AwaitAssert(() => Assert.Empty(Ask<FarmStatus>(FarmQueries.GetFarm.Instance).Workers));

        var node = CreateTestProbe();
        Farm.Tell(new WorkerHello("w1", "e1", "w1", "cpu", "m", Capabilities, "m", []), node);
        Assert.Empty(Ask<FarmStatus>(FarmQueries.GetFarm.Instance).Workers);
        node.ExpectNoMsg(TimeSpan.Zero);

        Members.IsMember = true;
        Return(node, "w1");
        Assert.Single(Ask<FarmStatus>(FarmQueries.GetFarm.Instance).Workers);
    }

    [Fact]
    public void Progress_renews_the_lease()
    {
        var worker = Join("w1");
        Submit(1);
        var assignment = worker.ExpectMsg<AssignStage>();
        Policy.IsFree = false; // steps this slow would get a speculative attempt
        var idle = Join("w2");
        for (var i = 0; i < 6; i++)
        {
            Farm.Tell(new AttemptProgress(assignment.Attempt, i, 8), worker);
            Ask<FarmStatus>(FarmQueries.GetFarm.Instance); // the report was processed
            Advance(new FarmOptions().Lease - TimeSpan.FromSeconds(2));
        }

        idle.ExpectNoMsg(TimeSpan.Zero);
        Complete(worker, assignment);
    }

    [Fact]
    public void First_of_two_attempts_to_finish_wins_and_the_other_is_cancelled()
    {
        Policy.IsFree = false;
        var (first, second) = (Join("w1"), Join("w2"));
        var id = Submit(1);
        var stage = new StageAddress(id, 1, "encode-prompt");
        var slow = Give(first, "w1", stage);
        var speculative = Give(second, "w2", stage, isSpeculative: true);
        Assert.Equal((1, 2), (slow.Attempt.Number, speculative.Attempt.Number));

        Complete(second, speculative);
        Assert.Equal(slow.Attempt, first.ExpectMsg<CancelAttempt>().Attempt);
        Farm.Tell(DoneReport(slow), first);
        first.ExpectMsg<ReportAcknowledged>();
        Assert.Equal("w2", View(id).Clips[0].Stages[0].Worker);
        Assert.All(Ask<FarmStatus>(FarmQueries.GetFarm.Instance).Workers, worker => Assert.Null(worker.Activity));
    }

    [Fact]
    public void Silent_worker_is_lost_and_the_other_attempt_of_its_stage_continues()
    {
        Policy.IsFree = false;
        var (first, second) = (Join("w1"), Join("w2"));
        var stage = new StageAddress(Submit(1), 1, "encode-prompt");
        Give(first, "w1", stage);
        Advance(new FarmOptions().Lease / 2);
        var speculative = Give(second, "w2", stage, isSpeculative: true);
        Advance(new FarmOptions().Lease / 2 + TimeSpan.FromSeconds(1));

        Assert.Equal("w2", Assert.Single(Ask<FarmStatus>(FarmQueries.GetFarm.Instance).Workers).Id);
        Farm.Tell(new AttemptProgress(speculative.Attempt, 1, 2), second);
        Complete(second, speculative); // neither was answered with a cancellation
        first.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Preempted_attempt_is_cancelled_before_its_worker_gets_the_next_stage()
    {
        Policy.IsFree = false;
        var worker = Join("w1");
        var stage = new StageAddress(Submit(2), 1, "encode-prompt");
        var stopped = Give(worker, "w1", stage);
        Policy.Decide(new Decision([stopped.Attempt], [new Assignment(stage with { Row = 2 }, "w1")], [], []));
        Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(stopped.Attempt, worker.ExpectMsg<CancelAttempt>().Attempt);
        Assert.Equal(2, worker.ExpectMsg<AssignStage>().Attempt.Stage.Row);
    }

    [Fact]
    public void Owner_and_helper_are_notified_of_the_start_and_end_of_an_offload()
    {
        Policy.IsFree = false;
        var (owner, helper) = (Join("w1"), Join("w2"));
        var stage = new StageAddress(Submit(1), 1, "encode-prompt");
        var assignment = Give(owner, "w1", stage);
        Policy.Decide(Decision.Nothing with { Offload = [new OffloadAssignment(assignment.Attempt, "w2", 2)] });
        Advance(TimeSpan.FromSeconds(1));

        var offload = helper.ExpectMsg<AssignOffload>();
        Assert.Equal((assignment.Attempt, assignment.StageJson), (offload.Offload.Attempt, offload.StageJson));
        Assert.Equal(
            "row 1: helping with encode-prompt",
            Ask<FarmStatus>(FarmQueries.GetFarm.Instance).Workers.Single(worker => worker.Id == "w2").Activity);
        Farm.Tell(new OffloadReady(offload.Offload), helper);
        Assert.Equal(new HelperJoined(offload.Offload, 2), owner.ExpectMsg<HelperJoined>());

        Farm.Tell(new OffloadFailed(offload.Offload, FailureKind.Machine, "too slow"), owner);
        Assert.Equal(offload.Offload, helper.ExpectMsg<CancelOffload>().Offload);
        Assert.Equal(offload.Offload, owner.ExpectMsg<HelperLeft>().Offload);
        Farm.Tell(new OffloadReady(offload.Offload), helper);
        Assert.Equal(offload.Offload, helper.ExpectMsg<CancelOffload>().Offload); // ended: the helper is not left waiting
        Complete(owner, assignment);
    }

    [Fact]
    public void Prefetch_is_sent_to_its_worker()
    {
        Policy.IsFree = false;
        var worker = Join("w1", showPrefetches: true);
        Policy.Decide(Decision.Nothing with { Prefetch = [new Prefetch("w1", ModelComponent.VideoDecoder)] });
        Farm.Tell(new WorkerResident("w1", [ModelComponent.TextEncoder], ModelComponent.TextEncoder, 2), worker);
        Assert.Equal(ModelComponent.VideoDecoder, worker.ExpectMsg<PrefetchComponent>().Component);
    }

    [Fact]
    public void Stages_are_assigned_periodically()
    {
        Policy.IsFree = false;
        var worker = Join("w1");
        Submit(1);
        worker.ExpectNoMsg(TimeSpan.Zero);
        Policy.IsFree = true;
        Advance(TimeSpan.FromSeconds(1));
        worker.ExpectMsg<AssignStage>();
    }

    [Fact]
    public void Result_is_shared_by_equal_clips_and_kept_until_the_last_of_them_ends()
    {
        var worker = Join("w1");
        var id = Submit(2, audio: false, prompt: "the same");
        RenderAll(worker, stages: 5); // equal settings: only the mux of the second clip is left

        var stages = Ended(id).Clips[1].Stages;
        Assert.All(stages.SkipLast(1), stage => Assert.Equal((StageState.Done, 0), (stage.State, stage.Attempt)));
        Assert.Equal([new BlobRef(new string('b', 64), 1)], Muxing.Discarded);
    }

    [Fact]
    public void Goodbye_of_an_earlier_process_is_ignored()
    {
        var worker = Join("w1");
        Farm.Tell(new WorkerGoodbye("w1", "e0"), worker);
        Assert.Single(Ask<FarmStatus>(FarmQueries.GetFarm.Instance).Workers);
        Farm.Tell(new WorkerGoodbye("w1", "e1"), worker);
        Assert.Empty(Ask<FarmStatus>(FarmQueries.GetFarm.Instance).Workers);
    }

    [Fact]
    public void Worker_without_capabilities_or_arithmetic_is_refused()
    {
        var probe = CreateTestProbe();
        Farm.Tell(new WorkerHello("old", "e1", "old", "cpu", "m", null!, "m", []), probe);
        Assert.Contains("update", probe.ExpectMsg<WorkerRefused>().Reason);
        Farm.Tell(new WorkerHello("older", "e1", "older", "cpu", "m", Capabilities with { Arithmetic = "" }, "m", []), probe);
        Assert.Contains("update", probe.ExpectMsg<WorkerRefused>().Reason);
    }

    [Fact]
    public void Worker_that_refuses_a_stage_gets_it_again_only_after_a_tick()
    {
        var worker = Join("w1");
        var id = Submit(1);
        var refused = worker.ExpectMsg<AssignStage>();
        Farm.Tell(new AttemptFailed(refused.Attempt, FailureKind.Preempted, "busy"), worker);
        worker.ExpectMsg<ReportAcknowledged>();
        View(id); // the refusal was processed
        worker.ExpectNoMsg(TimeSpan.Zero);
        Advance(new FarmOptions().TickInterval);
        Assert.Equal(2, worker.ExpectMsg<AssignStage>().Attempt.Number);
    }

    [Fact]
    public void Worker_loses_its_attempt_immediately_when_its_actor_dies()
    {
        var worker = Join("w1");
        Submit(1);
        worker.ExpectMsg<AssignStage>();
        var other = Join("w2");
        Sys.Stop(worker);
        Assert.Equal(2, other.ExpectMsg<AssignStage>().Attempt.Number);
    }

    [Fact]
    public void Result_without_its_blob_is_not_accepted()
    {
        Muxing.Stored = _ => false;
        var worker = Join("w1");
        Submit(1);
        Complete(worker, worker.ExpectMsg<AssignStage>());
        Assert.Equal(2, worker.ExpectMsg<AssignStage>().Attempt.Number);
    }

    [Fact]
    public void Cancellation_stops_the_worker()
    {
        var worker = Join("w1");
        var id = Submit(1);
        var assignment = worker.ExpectMsg<AssignStage>();
        var view = Ask<FarmQueries.BatchAnswer>(new FarmQueries.CancelBatch(id)).View!;
        Assert.Equal(ClipState.Cancelled, Assert.Single(view.Clips).State);
        Assert.Equal(assignment.Attempt, worker.ExpectMsg<CancelAttempt>().Attempt);
    }

    [Fact]
    public void Long_poll_is_answered_on_a_change()
    {
        var id = Submit(1);
        var view = Ask<FarmQueries.BatchAnswer>(new FarmQueries.GetBatch(id, null, TimeSpan.Zero)).View!;
        var watcher = CreateTestProbe();
        Farm.Tell(new FarmQueries.GetBatch(id, view.Version, TimeSpan.FromSeconds(20)), watcher);
        Join("w1").ExpectMsg<AssignStage>();
        Advance(TimeSpan.FromSeconds(1));
        Assert.True(watcher.ExpectMsg<FarmQueries.BatchAnswer>().View!.Version > view.Version);
    }

    [Fact]
    public void Unknown_batch_has_no_view() =>
        Assert.Null(Ask<FarmQueries.BatchAnswer>(new FarmQueries.GetBatch("none", 1, TimeSpan.FromSeconds(5))).View);

    private AssignStage Give(Akka.TestKit.TestProbe probe, string worker, StageAddress stage, bool isSpeculative = false)
    {
        Policy.Decide(Decision.Nothing with { Assign = [new Assignment(stage, worker, isSpeculative)] });
        Advance(TimeSpan.FromSeconds(1));
        return probe.ExpectMsg<AssignStage>();
    }

    [Fact]
    public void Batches_are_listed_in_submission_order_with_clip_counts_by_state()
    {
        var (first, second) = (Submit(2), Submit(1));
        Ask<FarmQueries.BatchAnswer>(new FarmQueries.CancelBatch(first));
        var batches = Ask<BatchList>(FarmQueries.GetBatches.Instance).Batches;
        Assert.Equal([(first, BatchState.Ended), (second, BatchState.Running)], batches.Select(batch => (batch.Id, batch.State)));
        Assert.Equal([new ClipCounts(0, 0, 0, 0, 2), new ClipCounts(1, 0, 0, 0, 0)], batches.Select(batch => batch.Clips));
        Assert.Equal([true, false], batches.Select(batch => batch.EndedAt is not null));
    }
}
