using MlxVideo.Coordinator.Farm;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Tests.Farm;

/// <summary>Workers that their owner takes out of the farm, and lets back in.</summary>
public sealed class DrainTests : FarmActorTestKit
{
    [Fact]
    public void Drained_worker_is_told_and_gets_no_more_stages()
    {
        var worker = Join("w1");
        var id = Submit(1, audio: false);
        var running = worker.ExpectMsg<AssignStage>();

        var drained = Ask<DrainedWorker>(new FarmQueries.DrainWorker("w1", Now: false));
        Assert.Equal(("w1", "row 1: encode-prompt"), (drained.Name, drained.Activity));
        Assert.False(worker.ExpectMsg<DrainWorker>().Now);
        Complete(worker, running);
        Farm.Tell(new WorkerGoodbye("w1", "e1"), worker);

        var farm = Ask<FarmStatus>(FarmQueries.GetFarm.Instance);
        Assert.Empty(farm.Workers);
        Assert.Equal("w1", Assert.Single(farm.Drained).Name);
        Assert.Equal(
            "No worker is in the farm (not counting w1, which is drained; see 'farm worker resume').",
            Assert.Single(View(id).Clips).WaitingFor);
        Assert.False(worker.HasMessages);
    }

    [Fact]
    public void Drain_survives_a_restart_of_the_coordinator_and_ends_on_request()
    {
        Join("w1");
        Ask<DrainedWorker>(new FarmQueries.DrainWorker("w1", Now: true));
        Restart();
        var worker = CreateTestProbe();
        Submit(1, audio: false);

        Return(worker, "w1");
        Farm.Tell(new WorkerResident("w1", [], null, 0), worker);
        Assert.False(worker.ExpectMsg<DrainWorker>().Now); // the first request may have been lost

        Ask<DrainedWorker>(new FarmQueries.ResumeWorker("w1"));
        worker.FishForMessage<AssignStage>(_ => true);
        Assert.Empty(Ask<FarmStatus>(FarmQueries.GetFarm.Instance).Drained);
    }

    [Fact]
    public void Drain_of_a_worker_that_has_left_is_repeated_without_effect()
    {
        var worker = Join("w1");
        Ask<DrainedWorker>(new FarmQueries.DrainWorker("w1", Now: false));
        Farm.Tell(new WorkerGoodbye("w1", "e1"), worker);
        Assert.Equal("w1", Ask<DrainedWorker>(new FarmQueries.DrainWorker("w1", Now: false)).Name);
    }

    [Fact]
    public void Unknown_workers_are_refused()
    {
        Join("w1");
        Assert.Equal(
            "The farm has no worker 'w2'; its workers are w1.",
            Ask<FarmQueries.Refused>(new FarmQueries.DrainWorker("w2", Now: false)).Reason);
        Assert.Equal("No worker 'w1' is drained.", Ask<FarmQueries.Refused>(new FarmQueries.ResumeWorker("w1")).Reason);
    }
}
