using MlxVideo.Farm.Commands;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Tests.Cases;

namespace MlxVideo.Farm.Tests.Placement;

/// <summary>Decisions near the end of a batch, where the outcomes of several placement rules are forecast.</summary>
public sealed class RuleChoiceTests
{
    private const double SmallGb = 24; // too small for the transformer
    private static readonly ModelComponent[] All = Enum.GetValues<ModelComponent>();
    private static readonly RenderSettings Short = Clips.Small(1);
    private static readonly RenderSettings Long = Clips.Small(2) with { Width = 1024, Height = 576, NumFrames = 121 };

    [Fact]
    public void Shorter_clip_goes_first_when_the_batch_does_not_end_later()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(Long, Short)).WithMac("mac", loaded: All).RunStage("mac", 1, "encode-prompt")
            .RunStage("mac", 2, "encode-prompt");

        Assert.Equal(2, Assert.Single(farm.Decide().Assign).Stage.Row);
    }

    [Fact]
    public void Shorter_clip_of_another_batch_does_not_go_first()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch("one", 1, null, Long)).WithBatch(Clips.Batch("two", 2, null, Short))
            .WithMac("mac", loaded: All)
            .RunStage("mac", 1, "encode-prompt").RunStage("mac", 2, "encode-prompt", "b2");

        Assert.Equal("b1", Assert.Single(farm.Decide().Assign).Stage.Batch);
    }

    [Fact]
    public void Clip_with_a_deadline_goes_before_shorter_clips()
    {
        var deadline = new ManualFarm().Now + TimeSpan.FromMinutes(10);
        var batch = Clips.Batch(Short, Long);
        var urgent = batch with { Clips = [batch.Clips[0], batch.Clips[1] with { Constraints = new ClipConstraints(Deadline: deadline) }] };
        var farm = new ManualFarm().WithBatch(urgent).WithMac("mac", loaded: All).RunStage("mac", 1, "encode-prompt")
            .RunStage("mac", 2, "encode-prompt");

        Assert.Equal(2, Assert.Single(farm.Decide().Assign).Stage.Row);
    }

    [Fact]
    public void Worker_is_reserved_for_a_long_stage_that_is_about_to_become_ready()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(Long, Clips.Small(3) with { NumFrames = 97 }))
            .WithMac("fast", teraflops: 40, loaded: All).WithMac("slow", teraflops: 10, loaded: All)
            .WithMac("small", SmallGb, teraflops: 40, loaded: [ModelComponent.TextEncoder, ModelComponent.Upsampler])
            .RunStage("small", 1, "encode-prompt").RunStage("small", 2, "encode-prompt").RunStage("fast", 1, "denoise-1");
        farm.Assign("small", 1, "upsample");

        var assignment = Assert.Single(farm.Decide().Assign);

        Assert.Equal((2, "denoise-1", "slow"), (assignment.Stage.Row, assignment.Stage.StageId, assignment.Worker));
    }

    [Fact]
    public void Worker_reserved_for_a_stage_prefetches_its_component()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(Long)).WithMac("fast", teraflops: 40)
            .WithMac("small", SmallGb, teraflops: 40, loaded: [ModelComponent.TextEncoder, ModelComponent.Upsampler])
            .RunStage("small", 1, "encode-prompt").RunStage("fast", 1, "denoise-1");
        farm.Assign("small", 1, "upsample");

        Assert.Equal(new Prefetch("fast", ModelComponent.Transformer), Assert.Single(farm.Decide().Prefetch));
    }

    [Fact]
    public void Stage_waits_for_a_loading_component_instead_of_loading_it_elsewhere()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(1)).WithMac("a-cold").WithMac("b-loading")
            .WithMac("small", SmallGb, loaded: [ModelComponent.TextEncoder])
            .Load("b-loading", ModelComponent.Transformer);
        farm.Wait(2);
        farm.RunStage("small", 1, "encode-prompt");

        Assert.Equal("b-loading", Assert.Single(farm.Decide().Assign).Worker);
    }

    [Fact]
    public void Stage_with_a_late_step_gets_a_speculative_attempt()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(Long)).WithMac("free", loaded: All).WithMac("throttles", loaded: All)
            .RunStage("throttles", 1, "encode-prompt");
        var attempt = farm.Assign("throttles", 1, "denoise-1");
        for (var step = 0; step <= 4; step++)
        {
            farm.Progress(attempt, step, 8);
            farm.Wait(10);
        }

        Assert.DoesNotContain(farm.Decide().Assign, assignment => assignment.IsSpeculative);
        farm.Wait(20);

        Assert.Equal("free", Assert.Single(farm.Decide().Assign, assignment => assignment.IsSpeculative).Worker);
    }
}
