using Akka.Actor;
using Akka.TestKit;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.Tests.Farm;
using MlxVideo.Farm.Policies;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Tests.Persistence;

/// <summary>A farm whose actor is stopped and started again with the same journal.</summary>
public sealed class RecoveryTests : FarmActorTestKit
{
    [Fact]
    public void Attempt_of_a_worker_that_returns_goes_on()
    {
        var worker = Join("w1");
        var id = Submit(1);
        var assignment = worker.ExpectMsg<AssignStage>();

        Restart();
        Return(worker, "w1", assignment.Attempt);
        Complete(worker, assignment);

        Assert.Equal((StageState.Done, 1), (View(id).Clips[0].Stages[0].State, View(id).Clips[0].Stages[0].Attempt));
    }

    [Fact]
    public void Assignment_that_did_not_arrive_is_sent_again()
    {
        var worker = Join("w1");
        Submit(1);
        var lost = worker.ExpectMsg<AssignStage>();

        Restart();
        Return(worker, "w1");

        Assert.Equal(lost.Attempt, worker.ExpectMsg<AssignStage>().Attempt);
    }

    [Fact]
    public void Attempt_of_a_worker_that_does_not_return_is_given_out_again()
    {
        var (gone, other) = (Join("w1"), Join("w2"));
        Submit(1);
        var lost = gone.ExpectMsg<AssignStage>();

        Restart();
        Return(other, "w2");
        Ready(other, "w2");
        other.ExpectNoMsg(TimeSpan.Zero);
        Advance(new FarmOptions().RestartGrace + TimeSpan.FromSeconds(2));

        Assert.Equal(lost.Attempt with { Number = 2 }, other.ExpectMsg<AssignStage>().Attempt);
    }

    [Fact]
    public void Worker_that_has_not_returned_gets_no_stage_and_its_operator_sees_why()
    {
        var worker = Join("w1");
        Restart();
        Submit(1);

        worker.ExpectNoMsg(TimeSpan.Zero);
        Assert.NotNull(Assert.Single(Ask<FarmStatus>(FarmQueries.GetFarm.Instance).Workers).Problem);
        Return(worker, "w1");
        Ready(worker, "w1");
        worker.ExpectMsg<AssignStage>();
    }

    [Fact]
    public void Finished_stages_are_not_repeated()
    {
        var worker = Join("w1");
        var id = Submit(1, audio: false);
        RenderAll(worker, stages: 2);
        var running = worker.ExpectMsg<AssignStage>();

        Restart();
        Return(worker, "w1", running.Attempt);
        Complete(worker, running);
        Ready(worker, "w1");
        RenderAll(worker, stages: 2);

        Assert.All(Ended(id).Clips[0].Stages, stage => Assert.Equal(1, stage.Attempt));
    }

    [Fact]
    public void Ended_batch_leaves_memory_and_stays_known()
    {
        var worker = Join("w1");
        var batch = NewBatch("once");
        var id = Ask<BatchCreated>(new FarmQueries.Submit(batch)).Id;
        RenderAll(worker, stages: 5);
        var ended = Ended(id);
        AwaitAssert(() => Assert.NotNull(Archive.FindAsync(id, CancellationToken.None).GetAwaiter().GetResult()));

        Restart();

        Assert.Equal(ended.Clips[0].Framemd5, View(id).Clips[0].Framemd5);
        Assert.Equal((id, 1), (Assert.Single(List().Batches).Id, List().Batches[0].Clips.Finished));
        Assert.Equal(id, Ask<BatchCreated>(new FarmQueries.Submit(batch)).Id);
    }

    [Fact]
    public void Batch_submitted_after_a_restart_has_a_new_id()
    {
        var first = Submit(1);
        Restart();
        Assert.NotEqual(first, Submit(1));
    }

    private BatchList List() => Ask<BatchList>(FarmQueries.GetBatches.Instance);

    /// <summary>Reports that a worker can run stages, as it does after its welcome.</summary>
    private void Ready(TestProbe worker, string id) => Farm.Tell(new WorkerResident(id, [], null, 0, null), worker);
}
