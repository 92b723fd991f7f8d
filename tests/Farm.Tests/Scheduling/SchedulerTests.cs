using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Tests.Decisions;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Farm.Tests.Scheduling;

public sealed class SchedulerTests
{
    [Fact]
    public void Every_free_worker_gets_a_stage()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings(1), FarmScenario.Settings(2), FarmScenario.Settings(3))
            .WithWorker("w1").WithWorker("w2");
        Assert.Equal([1, 2], farm.Schedule().Select(assignment => assignment.Stage.Row));
        Assert.Empty(farm.Schedule());
    }

    [Fact]
    public void Tiles_of_one_clip_go_to_different_workers()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings(1, frames: 97) with { Audio = false }).WithWorker("w1");
        for (var stage = 0; stage < 4; stage++)
            farm.Complete(Assert.Single(farm.Schedule()).Worker);
        farm.WithWorker("w2");

        var given = farm.Schedule();
        Assert.Equal(["decode-video-0", "decode-video-1"], given.Select(assignment => assignment.Stage.StageId).Order());
        Assert.Equal(["w1", "w2"], given.Select(assignment => assignment.Worker).Order());
    }

    [Fact]
    public void Higher_priority_goes_first()
    {
        var farm = new FarmScenario().WithBatch("b1", weight: 1, Clip(1, new ClipConstraints()), Clip(2, new ClipConstraints(Priority: 5)))
            .WithWorker("w1");
        Assert.Equal(2, Assert.Single(farm.Schedule()).Stage.Row);
    }

    [Fact]
    public void Earlier_deadline_goes_first()
    {
        var farm = new FarmScenario();
        farm.WithBatch("b1", weight: 1, Clip(1, new ClipConstraints()), Clip(2, new ClipConstraints(Deadline: farm.Now.AddHours(2))),
            Clip(3, new ClipConstraints(Deadline: farm.Now.AddHours(1)))).WithWorker("w1");
        Assert.Equal(3, Assert.Single(farm.Schedule()).Stage.Row);
    }

    [Fact]
    public void Tagged_clip_waits_for_a_worker_with_the_tag()
    {
        var farm = new FarmScenario().WithBatch("b1", weight: 1, Clip(1, new ClipConstraints(Tag: "studio"))).WithWorker("w1");
        Assert.Empty(farm.Schedule());
        farm.WithWorker("w2", capabilities: FarmScenario.Capabilities with { Tags = ["studio"] });
        Assert.Equal("w2", Assert.Single(farm.Schedule()).Worker);
    }

    [Fact]
    public void Stage_that_does_not_fit_is_not_assigned()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings())
            .WithWorker("small", capabilities: FarmScenario.Capabilities with { MemoryBytes = 1L << 30 });
        Assert.Empty(farm.Schedule());
        farm.WithWorker("large");
        Assert.Equal("large", Assert.Single(farm.Schedule()).Worker);
    }

    [Fact]
    public void Batch_keeps_the_model_it_started_with()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings(1), FarmScenario.Settings(2)).WithWorker("w1", model: "one");
        Assert.Single(farm.Schedule());
        farm.WithWorker("w2", model: "other");
        Assert.Empty(farm.Schedule());
        Assert.Equal("one", farm.State.Batches["b1"].Model);
    }

    [Fact]
    public void Late_worker_gets_a_stage_immediately()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings(1), FarmScenario.Settings(2)).WithWorker("w1");
        farm.Schedule();
        farm.WithWorker("w2");
        Assert.Equal(new StageAddress("b1", 2, "encode-prompt"), Assert.Single(farm.Schedule()).Stage);
    }

    [Fact]
    public void Equal_prompts_are_not_encoded_concurrently()
    {
        var farm = new FarmScenario()
            .WithBatch("b1", FarmScenario.Settings(1) with { Prompt = "the same" }, FarmScenario.Settings(2) with { Prompt = "the same" })
            .WithWorker("w1").WithWorker("w2");
        Assert.Single(farm.Schedule());
    }

    private static ClipRequest Clip(int row, ClipConstraints constraints) =>
        new(row, $"{row}.mp4", constraints, FarmScenario.Settings(row));
}
