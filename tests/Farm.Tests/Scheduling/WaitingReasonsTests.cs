using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Tests.Decisions;
using MlxVideo.Farm.Views;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

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

    [Fact]
    public void Hours_of_all_workers_that_could_run_the_clip_are_reported()
    {
        _farm.Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        var night = FarmScenario.Capabilities with { Hours = new AllowedHours(20 * 60, 8 * 60, 0), Tags = ["big"] };
        _farm.WithBatch("b", 1, new ClipRequest(1, "1.mp4", new ClipConstraints(Tag: "big"), Small),
            new ClipRequest(2, "2.mp4", new ClipConstraints(), Small))
            .WithWorker("mini", capabilities: night).WithWorker("studio", capabilities: night);
        Assert.Equal(Enumerable.Repeat("mini and studio only work 20:00-08:00.", 2), ReasonsOf(_farm));

        Assert.Equal(["mini and studio only work 20:00-08:00.", null], ReasonsOf(_farm.WithWorker("untagged")));
        _farm.Now = _farm.Now.AddHours(9);
        Assert.Equal([null, null], ReasonsOf(_farm));
    }

    [Fact]
    public void Problems_of_all_workers_that_could_run_the_clip_are_reported()
    {
        _farm.Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        _farm.WithBatch("b", Small).WithWorker("mini")
            .WithWorker("studio", capabilities: FarmScenario.Capabilities with { Hours = new AllowedHours(20 * 60, 8 * 60, 0) });
        _farm.Farm.ChangeCondition("mini", "Its disk is full.", _farm.Now);
        Assert.Equal(["studio only works 20:00-08:00, and mini can't run stages (Its disk is full)."], ReasonsOf(_farm));
        _farm.WithoutWorker("studio");
        Assert.Equal(["mini can't run stages (Its disk is full)."], ReasonsOf(_farm));
    }

    private static IEnumerable<string?> ReasonsOf(FarmScenario farm) =>
        BatchViews.Of(farm.Farm.Snapshot, farm.State.Batches["b"], 1, new SchedulingOptions(), farm.Now).Clips.Select(
            clip => clip.WaitingFor);
}
