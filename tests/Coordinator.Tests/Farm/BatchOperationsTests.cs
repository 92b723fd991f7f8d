using Akka.Actor;
using MlxVideo.Coordinator.Archive;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Tests.Farm;

/// <summary>What owners do with their batches while the farm runs.</summary>
public sealed class BatchOperationsTests : FarmActorTestKit
{
    [Fact]
    public void Paused_batch_gets_no_stages_until_it_is_resumed_also_after_a_restart()
    {
        var id = Submit(1, audio: false);
        Assert.True(Changed(new FarmQueries.PauseBatch(id)).Paused);
        Assert.True(Changed(new FarmQueries.PauseBatch(id)).Paused);
        var worker = Join("w1");
        Assert.False(worker.HasMessages);

        Restart();
        Return(worker, "w1");
        Farm.Tell(new WorkerResident("w1", [], null, 0), worker);
        Assert.True(View(id).Paused);
        Assert.Equal("The batch is paused; 'farm resume' continues it.", View(id).Clips[0].WaitingFor);
        Assert.True(Assert.Single(Ask<BatchList>(FarmQueries.GetBatches.Instance).Batches).Paused);
        worker.ExpectNoMsg(TimeSpan.Zero);

        Assert.False(Changed(new FarmQueries.ResumeBatch(id)).Paused);
        worker.ExpectMsg<AssignStage>();
    }

    [Fact]
    public void Paused_batch_is_not_muxed()
    {
        var worker = Join("w1");
        var id = Submit(1, audio: false);
        RenderAll(worker, stages: 4);
        var last = worker.ExpectMsg<AssignStage>();
        Changed(new FarmQueries.PauseBatch(id));
        Complete(worker, last);

        Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(StageState.Ready, View(id).Clips[0].Stages[^1].State);
        Changed(new FarmQueries.ResumeBatch(id));
        Assert.Equal(ClipState.Finished, Ended(id).Clips[0].State);
    }

    [Fact]
    public void Priority_and_deadline_of_open_rows_are_changed_and_kept_over_a_restart()
    {
        var id = Submit(3, audio: false);
        var deadline = new DateTimeOffset(2026, 2, 1, 12, 0, 0, TimeSpan.FromHours(1));
        Changed(new FarmQueries.SetPriority(id, 3, 7));
        Changed(new FarmQueries.SetDeadline(id, null, deadline));
        Changed(new FarmQueries.SetDeadline(id, 1, null));

        Restart();

        Assert.Equal(
            [new(), new(0, deadline.ToUniversalTime()), new ClipConstraints(7, deadline.ToUniversalTime())],
            View(id).Clips.Select(clip => clip.Constraints));
        Assert.Equal(3, Join("w1").ExpectMsg<AssignStage>().Attempt.Stage.Row);
    }

    [Fact]
    public void Bad_values_and_rows_are_refused()
    {
        var id = Submit(1);
        Assert.Equal("priority: 5000 is outside the range -1000 to 1000.", Refusal(new FarmQueries.SetPriority(id, 1, 5000)));
        Assert.Equal(
            "deadline: The year 1 is outside the range 2000 to 2999.",
            Refusal(new FarmQueries.SetDeadline(id, 1, DateTimeOffset.MinValue)));
        Assert.Equal($"Batch {id} has no row 9.", Refusal(new FarmQueries.SetPriority(id, 9, 1)));
        Assert.Null(Ask<FarmQueries.BatchAnswer>(new FarmQueries.PauseBatch("unknown")).View);
        Ask<FarmQueries.BatchAnswer>(new FarmQueries.CancelBatch(id));
        Archived(id);
        Assert.Equal($"Batch {id} has ended.", Refusal(new FarmQueries.PauseBatch(id)));
    }

    [Fact]
    public void Retried_row_keeps_its_finished_stages_over_a_restart()
    {
        Muxing.Stored = blob => !Muxing.Discarded.Contains(blob);
        var worker = Join("w1");
        var id = Submit(2, audio: false);
        Changed(new FarmQueries.SetPriority(id, 1, 1));
        var encode = worker.ExpectMsg<AssignStage>();
        Farm.Tell(Report(encode), worker);
        worker.ExpectMsg<ReportAcknowledged>();
        var failing = worker.ExpectMsg<AssignStage>(assigned => Assert.Equal(encode.Attempt.Stage.Row, assigned.Attempt.Stage.Row));
        Farm.Tell(new AttemptFailed(failing.Attempt, FailureKind.Input, "bad"), worker);
        worker.FishForMessage<AssignStage>(_ => true);
        var row = encode.Attempt.Stage.Row;
        Assert.Equal(ClipState.Failed, View(id).Clips[row - 1].State);
        Assert.Empty(Muxing.Discarded);
        Restart();
        var needed = Ask<FarmQueries.BlobsInUse>(FarmQueries.GetBlobsInUse.Instance).Digests;
        Assert.Contains(Report(encode).Outputs[0].Blob.Digest, needed);

        var clip = Changed(new FarmQueries.RetryClips(id)).Clips[row - 1];
        Restart();

        Assert.Equal(clip.State, View(id).Clips[row - 1].State);
        Assert.Equal([StageState.Done, StageState.Ready], View(id).Clips[row - 1].Stages.Take(2).Select(stage => stage.State));
        Assert.Null(View(id).Clips[row - 1].Error);
    }

    [Fact]
    public void Intermediates_of_failed_rows_are_discarded_when_the_batch_ends()
    {
        var worker = Join("w1");
        var id = Submit(1, audio: false);
        Farm.Tell(Report(worker.ExpectMsg<AssignStage>()), worker);
        worker.ExpectMsg<ReportAcknowledged>();
        Farm.Tell(new AttemptFailed(worker.ExpectMsg<AssignStage>().Attempt, FailureKind.Input, "bad"), worker);
        Ended(id);
        AwaitAssert(() => Assert.Single(Muxing.Discarded));
    }

    [Fact]
    public void Ended_batch_is_removed_with_its_clips_from_the_archive()
    {
        var worker = Join("w1");
        var batch = NewBatch("once");
        var id = Ask<BatchCreated>(new FarmQueries.Submit(batch)).Id;
        Assert.Equal(
            $"Batch {id} is still running: cancel it first.", Refusal(new FarmQueries.RemoveBatch(id)));
        RenderAll(worker, stages: 5);
        Archived(id);

        Assert.Equal(new RemovedBatch(id, 1, 1), Ask<RemovedBatch>(new FarmQueries.RemoveBatch(id, DryRun: true)));
        Assert.NotNull(View(id));
        Assert.Equal(new RemovedBatch(id, 1, 1), Ask<RemovedBatch>(new FarmQueries.RemoveBatch(id)));

        Assert.Null(Ask<FarmQueries.BatchAnswer>(new FarmQueries.GetBatch(id, null, TimeSpan.Zero)).View);
        Assert.Null(Ask<FarmQueries.BatchAnswer>(new FarmQueries.RemoveBatch(id)).View);
        Assert.Empty(Results());
        Restart();
        Assert.NotEqual(id, Ask<BatchCreated>(new FarmQueries.Submit(batch)).Id);
    }

    [Fact]
    public void Row_of_an_archived_batch_is_retried_also_after_a_restart()
    {
        var worker = Join("w1");
        var batch = NewBatch("once", clips: 2);
        var id = Ask<BatchCreated>(new FarmQueries.Submit(batch)).Id;
        var first = worker.ExpectMsg<AssignStage>();
        Farm.Tell(new AttemptFailed(first.Attempt, FailureKind.Input, "bad"), worker);
        worker.ExpectMsg<ReportAcknowledged>();
        RenderAll(worker, stages: 5);
        Archived(id);
        Restart();
        Return(worker, "w1");
        Farm.Tell(new WorkerResident("w1", [], null, 0), worker);

        Assert.Equal($"Batch {id} has no row 9.", Refusal(new FarmQueries.RetryClips(id, 9)));
        Assert.Equal(BatchState.Running, Changed(new FarmQueries.RetryClips(id)).State);
        Assert.Equal(1, worker.ExpectMsg<AssignStage>().Attempt.Stage.Row);
        Restart();

        Assert.Equal([ClipState.Rendering, ClipState.Finished], View(id).Clips.Select(clip => clip.State));
        Assert.Equal(BatchState.Running, Assert.Single(Ask<BatchList>(FarmQueries.GetBatches.Instance).Batches).State);
        Assert.Equal(id, Ask<BatchCreated>(new FarmQueries.Submit(batch)).Id);
        Return(worker, "w1");
        Farm.Tell(new WorkerResident("w1", [], null, 0), worker);
        RenderAll(worker, stages: 5);
        Assert.All(Ended(id).Clips, clip => Assert.Equal(ClipState.Finished, clip.State));
        Archived(id);
        Assert.Null(Ask<FarmQueries.BatchAnswer>(new FarmQueries.RetryClips("unknown")).View);
    }

    [Fact]
    public void Batch_that_has_just_ended_is_removed()
    {
        var id = Submit(1);
        Farm.Tell(new FarmQueries.CancelBatch(id), ActorRefs.NoSender);
        Assert.Equal(new RemovedBatch(id, 0, 0), Ask<RemovedBatch>(new FarmQueries.RemoveBatch(id)));
        Assert.Empty(Ask<BatchList>(FarmQueries.GetBatches.Instance).Batches);
    }

    private static AttemptDone Report(AssignStage assignment) => new(
        assignment.Attempt, StageJson.Deserialize(assignment.StageJson).Outputs.Select(name =>
            new NamedBlob(name, new BlobRef($"{assignment.Attempt.Stage.Row:x}{name.Length:x8}".PadLeft(64, '0'), 1))).ToList());

    private BatchView Changed(object query) => Ask<FarmQueries.BatchAnswer>(query).View!;

    private string Refusal(object query) => Ask<FarmQueries.Refused>(query).Reason;

    private IReadOnlyList<KeptResult> Results() => Archive.ResultsAsync(CancellationToken.None).GetAwaiter().GetResult();

    private void Archived(string id) =>
        AwaitAssert(() => Assert.NotNull(Archive.FindAsync(id, CancellationToken.None).GetAwaiter().GetResult()));
}
