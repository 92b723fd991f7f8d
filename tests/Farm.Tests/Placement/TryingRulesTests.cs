using MlxVideo.Farm.Commands;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Tests.Cases;

namespace MlxVideo.Farm.Tests.Placement;

/// <summary>What is chosen near the end of a batch, where several rules are tried ahead.</summary>
public sealed class TryingRulesTests
{
    private const double SmallGb = 24; // holds no transformer
    private static readonly ModelComponent[] All = Enum.GetValues<ModelComponent>();
    private static readonly RenderSettings Short = Clips.Small(1);
    private static readonly RenderSettings Long = Clips.Small(2) with { Width = 1024, Height = 576, NumFrames = 121 };

    [Fact]
    public void Where_the_batch_ends_no_later_by_it_the_shorter_clip_is_finished_first()
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch(Long, Short)).WithMac("mac", loaded: All).Do("mac", 1, "encode-prompt")
            .Do("mac", 2, "encode-prompt");

        Assert.Equal(2, Assert.Single(farm.Decide().Assign).Stage.Row);
    }

    [Fact]
    public void A_shorter_clip_of_another_batch_does_not_go_first()
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch("one", 1, null, Long)).WithBatch(Clips.Batch("two", 2, null, Short))
            .WithMac("mac", loaded: All)
            .Do("mac", 1, "encode-prompt").Do("mac", 2, "encode-prompt", "b2");

        Assert.Equal("b1", Assert.Single(farm.Decide().Assign).Stage.Batch);
    }

    [Fact]
    public void A_clip_with_a_deadline_goes_before_shorter_ones()
    {
        var deadline = new FarmByHand().Now + TimeSpan.FromMinutes(10);
        var batch = Clips.Batch(Short, Long);
        var urgent = batch with { Clips = [batch.Clips[0], batch.Clips[1] with { Constraints = new ClipConstraints(Deadline: deadline) }] };
        var farm = new FarmByHand().WithBatch(urgent).WithMac("mac", loaded: All).Do("mac", 1, "encode-prompt")
            .Do("mac", 2, "encode-prompt");

        Assert.Equal(2, Assert.Single(farm.Decide().Assign).Stage.Row);
    }

    [Fact]
    public void A_worker_is_kept_for_a_long_stage_that_is_about_to_be_ready()
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch(Long, Clips.Small(3) with { NumFrames = 97 }))
            .WithMac("fast", teraflops: 40, loaded: All).WithMac("slow", teraflops: 10, loaded: All)
            .WithMac("small", SmallGb, teraflops: 40, loaded: [ModelComponent.TextEncoder, ModelComponent.Upsampler])
            .Do("small", 1, "encode-prompt").Do("small", 2, "encode-prompt").Do("fast", 1, "denoise-1");
        farm.Give("small", 1, "upsample");

        var assignment = Assert.Single(farm.Decide().Assign);

        Assert.Equal((2, "denoise-1", "slow"), (assignment.Stage.Row, assignment.Stage.StageId, assignment.Worker));
    }

    [Fact]
    public void A_worker_that_is_kept_for_a_stage_loads_what_it_needs()
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch(Long)).WithMac("fast", teraflops: 40)
            .WithMac("small", SmallGb, teraflops: 40, loaded: [ModelComponent.TextEncoder, ModelComponent.Upsampler])
            .Do("small", 1, "encode-prompt").Do("fast", 1, "denoise-1");
        farm.Give("small", 1, "upsample");

        Assert.Equal(new Prefetch("fast", ModelComponent.Transformer), Assert.Single(farm.Decide().Prefetch));
    }

    [Fact]
    public void What_a_worker_is_loading_is_waited_for_rather_than_loaded_elsewhere()
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch(1)).WithMac("a-cold").WithMac("b-loading")
            .WithMac("small", SmallGb, loaded: [ModelComponent.TextEncoder])
            .Load("b-loading", ModelComponent.Transformer);
        farm.Wait(2);
        farm.Do("small", 1, "encode-prompt");

        Assert.Equal("b-loading", Assert.Single(farm.Decide().Assign).Worker);
    }

    [Fact]
    public void A_stage_whose_step_is_late_is_copied_for_the_steps_behind_it()
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch(Long)).WithMac("free", loaded: All).WithMac("throttles", loaded: All)
            .Do("throttles", 1, "encode-prompt");
        var attempt = farm.Give("throttles", 1, "denoise-1");
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
