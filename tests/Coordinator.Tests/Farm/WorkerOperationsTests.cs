using MlxVideo.Coordinator.Farm;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Tests.Farm;

/// <summary>What operators set for workers while the farm runs.</summary>
public sealed class WorkerOperationsTests : FarmActorTestKit
{
    [Fact]
    public void Tags_and_hours_survive_a_restart_of_the_coordinator_and_of_the_worker()
    {
        var worker = Join("w1");
        Ask<WorkerView>(new FarmQueries.TagWorker("w1", [" big ", "fast", "big"]));
        var changed = Ask<WorkerView>(new FarmQueries.SetHours("w1", " 9:00 - 17:00 "));
        Assert.Equal(("09:00-17:00", true, true), (changed.Hours, changed.HoursSet, changed.TagsSet));
        Assert.Equal(["big", "fast"], changed.Tags);

        Restart();
        Farm.Tell(new WorkerHello("w1", "e2", "w1", "cpu", "m", Capabilities, "m", []), worker);
        worker.ExpectMsg<WorkerWelcome>();

        var view = Ask<WorkerView>(new FarmQueries.GetWorker("w1"));
        Assert.Equal(("09:00-17:00", WorkerState.Idle), (view.Hours, view.State));
        Assert.Equal(["big", "fast"], view.Tags);
        Assert.Null(Ask<WorkerView>(new FarmQueries.SetHours("w1", null)).Hours);
        Assert.Empty(Ask<WorkerView>(new FarmQueries.TagWorker("w1", null)).Tags);
    }

    [Fact]
    public void Revoked_certificates_are_part_of_the_response_to_a_hello()
    {
        var worker = Join("w1");
        Members.Revoked = ["01AF"];
        Farm.Tell(new WorkerHello("w1", "e1", "w1", "cpu", "m", Capabilities, "m", []), worker);
        Assert.Equal(["01AF"], worker.ExpectMsg<WorkerWelcome>().Revoked!);
    }

    [Fact]
    public void Worker_that_gets_a_tag_is_given_the_clip_that_waits_for_it()
    {
        var worker = Join("w1");
        var batch = NewBatch("tagged");
        var clips = batch.Clips.Select(clip => clip with { Constraints = new ClipConstraints(Tag: "big") }).ToList();
        Ask<BatchCreated>(new FarmQueries.Submit(batch with { Clips = clips }));
        Assert.False(worker.HasMessages);
        Ask<WorkerView>(new FarmQueries.TagWorker("w1", ["big"]));
        worker.ExpectMsg<AssignStage>();
    }

    [Fact]
    public void Bad_tags_hours_and_names_are_refused()
    {
        Join("w1");
        Assert.Equal(
            "'two words' is not a valid tag: use one tag, a single word.", Refusal(new FarmQueries.TagWorker("w1", ["two words"])));
        Assert.Equal(
            "'night' is not an interval of the day: write start and end as in 20:00-08:00.",
            Refusal(new FarmQueries.SetHours("w1", "night")));
        Assert.Equal("The farm has no worker 'w2'; its workers are w1.", Refusal(new FarmQueries.GetWorker("w2")));
        Assert.Equal("The farm has no worker 'w2'; its workers are w1.", Refusal(new FarmQueries.ForgetWorker("w2")));
    }

    [Fact]
    public void Absent_worker_is_listed_until_it_is_forgotten()
    {
        var worker = Join("w1");
        Ask<DrainedWorker>(new FarmQueries.DrainWorker("w1", Now: false));
        Assert.Equal("w1 is in the farm: drain it first.", Refusal(new FarmQueries.ForgetWorker("w1")));
        Farm.Tell(new WorkerGoodbye("w1", "e1"), worker);
        Ask<WorkerView>(new FarmQueries.TagWorker("w1", ["big"]));
        Restart();

        var listed = Assert.Single(Ask<WorkerList>(FarmQueries.ListWorkers.Instance).Workers);
        Assert.Equal(("w1", WorkerState.Drained, false), (listed.Name, listed.State, listed.Present));
        Assert.Equal(["big"], listed.Tags);
        Assert.Equal(new ForgottenWorker("w1", "w1"), Ask<ForgottenWorker>(new FarmQueries.ForgetWorker("w1")));
        Restart();
        Assert.Empty(Ask<WorkerList>(FarmQueries.ListWorkers.Instance).Workers);
        Assert.Empty(Ask<FarmStatus>(FarmQueries.GetFarm.Instance).Drained);
    }

    [Fact]
    public void Running_stage_and_memory_are_shown()
    {
        var worker = Join("w1");
        var id = Submit(1);
        var assigned = worker.ExpectMsg<AssignStage>();
        Farm.Tell(new AttemptProgress(assigned.Attempt, 1, 2, 10, 20), worker);
        var view = Assert.Single(Ask<WorkerList>(FarmQueries.ListWorkers.Instance).Workers);
        Assert.Equal((WorkerState.Busy, id, "encode-prompt"), (view.State, view.Stage!.Batch, view.Stage.Stage));
        Assert.Equal(new WorkerMemory(10, 20), view.Memory);
        Assert.Equal(WorkerState.Busy, Assert.Single(Ask<FarmStatus>(FarmQueries.GetFarm.Instance).Workers).State);
    }

    private string Refusal(object query) => Ask<FarmQueries.Refused>(query).Reason;
}
