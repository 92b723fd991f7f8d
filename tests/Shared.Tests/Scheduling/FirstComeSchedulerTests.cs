using MlxVideo.Shared.Api;
using MlxVideo.Shared.Farm;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Tests.Farm;

namespace MlxVideo.Shared.Tests.Scheduling;

public sealed class FirstComeSchedulerTests
{
    [Fact]
    public void Every_free_worker_gets_a_task()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings(1), FarmScenario.Settings(2), FarmScenario.Settings(3)).WithWorker("w1").WithWorker("w2");
        Assert.Equal([1, 2], farm.Schedule().Select(assignment => assignment.Task.Row));
        Assert.Empty(farm.Schedule());
    }

    [Fact]
    public void Tiles_of_one_clip_go_to_different_workers()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings(1, frames: 97) with { Audio = false }).WithWorker("w1").WithWorker("w2");
        for (var stage = 0; stage < 4; stage++)
            farm.Complete(Assert.Single(farm.Schedule()).Worker);

        Assert.Equal(
            [("decode-video-0", "w1"), ("decode-video-1", "w2")],
            farm.Schedule().Select(assignment => (assignment.Task.Stage, assignment.Worker)));
    }

    [Fact]
    public void Higher_priority_goes_first()
    {
        var farm = new FarmScenario().WithWorker("w1");
        farm.Apply(FarmDecisions.Submit(
            farm.State,
            "b1",
            new SubmitBatch("t", [new SubmittedClip(1, "1.mp4", 0, FarmScenario.Settings(1)), new SubmittedClip(2, "2.mp4", 5, FarmScenario.Settings(2))]),
            farm.Now));
        Assert.Equal(2, Assert.Single(farm.Schedule()).Task.Row);
    }

    [Fact]
    public void A_batch_stays_with_the_model_it_began_with()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings(1), FarmScenario.Settings(2)).WithWorker("w1", model: "one").WithWorker("w2", model: "other");
        var assignment = Assert.Single(farm.Schedule());
        Assert.Equal("w1", assignment.Worker);
        Assert.Equal("one", farm.State.Batches["b1"].Model);
    }

    [Fact]
    public void A_worker_that_joins_late_gets_work_at_once()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings(1), FarmScenario.Settings(2)).WithWorker("w1");
        farm.Schedule();
        farm.WithWorker("w2");
        Assert.Equal(new TaskAddress("b1", 2, "encode-prompt"), Assert.Single(farm.Schedule()).Task);
    }
}
