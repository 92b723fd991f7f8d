using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Tests.Cases;

namespace MlxVideo.Farm.Tests.Placement;

/// <summary>What is done before it is needed, again, or in place of something else.</summary>
public sealed class LookingAheadTests
{
    private static readonly ModelComponent[] All = Enum.GetValues<ModelComponent>();

    // 36 GB hold the encoder or the transformer, not both.
    private const double TightGb = 36;

    [Fact]
    public void Prompts_that_wait_are_encoded_before_the_encoder_is_unloaded()
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch(20)).WithMac("tight", TightGb, loaded: [ModelComponent.TextEncoder])
            .Do("tight", 1, "encode-prompt");

        Assert.Equal("encode-prompt", Assert.Single(farm.Decide().Assign).Stage.StageId);
    }

    [Fact]
    public void With_enough_prompts_encoded_the_encoder_makes_room_for_the_transformer()
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch(20)).WithMac("tight", TightGb, loaded: [ModelComponent.TextEncoder]);
        for (var row = 1; row <= new SchedulingOptions().EncodeAhead; row++)
            farm.Do("tight", row, "encode-prompt");

        Assert.Equal("denoise-1", Assert.Single(farm.Decide().Assign).Stage.StageId);
    }

    [Fact]
    public void A_free_worker_loads_the_transformer_while_the_prompt_is_encoded()
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch(1)).WithMac("encodes", loaded: [ModelComponent.TextEncoder]).WithMac("free");
        farm.Give("encodes", 1, "encode-prompt");

        var decision = farm.Decide();

        Assert.Empty(decision.Assign);
        Assert.Equal(new Prefetch("free", ModelComponent.Transformer), Assert.Single(decision.Prefetch));
    }

    [Fact]
    public void Nothing_is_loaded_ahead_where_something_must_go_for_it()
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch(1)).WithMac("encodes", loaded: [ModelComponent.TextEncoder])
            .WithMac("tight", TightGb, loaded: [ModelComponent.TextEncoder]);
        farm.Give("encodes", 1, "encode-prompt");

        Assert.DoesNotContain(farm.Decide().Prefetch, prefetch => prefetch.Component == ModelComponent.Transformer);
    }

    [Fact]
    public void A_stage_of_a_worker_that_stands_still_is_copied_once()
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch(1)).WithMac("stalled", loaded: All).WithMac("free", loaded: All)
            .WithMac("also-free", loaded: All);
        farm.Progress(farm.Give("stalled", 1, "encode-prompt"), 0, 1);

        Assert.Empty(farm.Decide().Assign);
        farm.Wait(120);

        var speculative = Assert.Single(farm.Decide().Assign);
        Assert.True(speculative.IsSpeculative);
        Assert.NotEqual("stalled", speculative.Worker);
        farm.Give(speculative.Worker, 1, "encode-prompt", isSpeculative: true);
        Assert.Empty(farm.Decide().Assign);
    }

    [Fact]
    public void A_preempting_clip_takes_the_worker_of_the_lowest_class_that_was_begun_last()
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch("a", 1, new ClipConstraints(1), Clips.Small(1)))
            .WithBatch(Clips.Batch("b", 2, null, Clips.Small(2), Clips.Small(3)))
            .WithMac("one", loaded: All).WithMac("two", loaded: All).WithMac("three", loaded: All);
        farm.Give("one", 1, "encode-prompt");
        farm.Give("two", 2, "encode-prompt", "b2");
        farm.Wait(1);
        var last = farm.Give("three", 3, "encode-prompt", "b2");

        var decision = farm.WithBatch(Clips.Batch("urgent", 9, new ClipConstraints(2, Preempts: true), Clips.Small(9))).Decide();

        Assert.Equal(last, Assert.Single(decision.Preempt));
        Assert.Equal(new Assignment(new StageAddress("b3", 9, "encode-prompt"), "three"), Assert.Single(decision.Assign));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void Clips_of_no_higher_class_or_that_do_not_ask_for_it_stop_nothing(int priority, bool preempts)
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch(1)).WithMac("one", loaded: All);
        farm.Give("one", 1, "encode-prompt");

        var decision = farm.WithBatch(Clips.Batch("other", 9, new ClipConstraints(priority, Preempts: preempts), Clips.Small(9))).Decide();

        Assert.Empty(decision.Preempt);
        Assert.Empty(decision.Assign);
    }

    [Fact]
    public void A_free_worker_goes_to_the_higher_class_though_a_lower_one_would_preempt()
    {
        var farm = new FarmByHand().WithMac("one", loaded: All)
            .WithBatch(Clips.Batch("urgent", 1, new ClipConstraints(1, Preempts: true), Clips.Small(1)))
            .WithBatch(Clips.Batch("high", 2, new ClipConstraints(2), Clips.Small(2)));

        Assert.Equal("b2", Assert.Single(farm.Decide().Assign).Stage.Batch);
    }

    [Fact]
    public void What_was_stopped_for_another_clip_is_not_raced_by_a_copy_of_it()
    {
        // The free Mac can't hold the transformer, which the urgent clip needs, but it could encode.
        var farm = new FarmByHand().WithMac("large", teraflops: 1, loaded: All)
            .WithBatch(Clips.Batch("urgent", 1, new ClipConstraints(1, Preempts: true), Clips.Small(1)))
            .WithBatch(Clips.Batch("low", 2, null, Clips.Small(2))).Do("large", 1, "encode-prompt");
        farm.Give("large", 2, "encode-prompt", "b2");

        var decision = farm.WithMac("small", 24, teraflops: 40, loaded: [ModelComponent.TextEncoder]).Decide();

        Assert.Single(decision.Preempt);
        Assert.DoesNotContain(decision.Assign, assignment => assignment.IsSpeculative);
    }
}
