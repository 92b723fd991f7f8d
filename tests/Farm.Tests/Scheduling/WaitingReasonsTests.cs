using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Tests.Decisions;
using MlxVideo.Farm.Views;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Tests.Scheduling;

public sealed class WaitingReasonsTests
{
    private static readonly RenderSettings Small = new() { Prompt = "fox", Width = 64, Height = 64, NumFrames = 9 };

    private readonly FarmScenario _farm = new();

    [Fact]
    public void Missing_workers_are_reported() => Assert.Equal(["No worker is in the farm."], ReasonsOf(_farm.WithBatch("b", Small)));

    [Fact]
    public void No_reason_is_reported_when_a_worker_can_run_the_stage() =>
        Assert.Equal([null], ReasonsOf(_farm.WithBatch("b", Small).WithWorker("w1")));

    [Fact]
    public void Missing_tag_is_reported_for_its_row_only()
    {
        _farm.WithBatch(
            "b", 1, new ClipRequest(1, "1.mp4", new ClipConstraints(Tag: "big"), Small),
            new ClipRequest(2, "2.mp4", new ClipConstraints(), Small)).WithWorker("w1");
        Assert.Equal(["No worker has the tag 'big'.", null], ReasonsOf(_farm));
        Assert.Equal([null, null], ReasonsOf(_farm.WithWorker("w2", capabilities: FarmScenario.Capabilities with { Tags = ["big"] })));
    }

    [Fact]
    public void Missing_model_is_reported_after_its_workers_left()
    {
        _farm.WithBatch("b", Small).WithWorker("w1", model: "m1");
        _farm.Schedule();
        _farm.WithWorker("w2", model: "m2");
        _farm.Farm.Remove("w1", FailureKind.Machine, "gone", _farm.Now);
        Assert.Equal(["No worker has the batch's model, m1."], ReasonsOf(_farm));
    }

    [Fact]
    public void Stage_too_large_for_every_worker_is_reported()
    {
        _farm.WithBatch("b", Small with { Width = 4096, Height = 4096, NumFrames = 9_001 }).WithWorker("w1");
        Assert.Equal(["No worker has the memory and the weights for denoise-1."], ReasonsOf(_farm));
    }

    private static IEnumerable<string?> ReasonsOf(FarmScenario farm) =>
        BatchViews.Of(farm.Farm.Snapshot, farm.State.Batches["b"], 1, new SchedulingOptions(), farm.Now).Clips.Select(
            clip => clip.WaitingFor);
}
