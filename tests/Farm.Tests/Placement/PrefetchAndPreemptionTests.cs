using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Tests.Cases;

namespace MlxVideo.Farm.Tests.Placement;

/// <summary>Encoding ahead, prefetches, speculative attempts and preemption.</summary>
public sealed class PrefetchAndPreemptionTests
{
    private static readonly ModelComponent[] All = Enum.GetValues<ModelComponent>();

    // 36 GB hold either the text encoder or the transformer.
    private const double TightGb = 36;

    [Fact]
    public void Waiting_prompts_are_encoded_before_the_text_encoder_is_unloaded()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(20)).WithMac("tight", TightGb, loaded: [ModelComponent.TextEncoder])
            .RunStage("tight", 1, "encode-prompt");

        Assert.Equal("encode-prompt", Assert.Single(farm.Decide().Assign).Stage.StageId);
    }

    [Fact]
    public void Text_encoder_is_unloaded_for_the_transformer_after_enough_prompts()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(20)).WithMac("tight", TightGb, loaded: [ModelComponent.TextEncoder]);
        for (var row = 1; row <= new SchedulingOptions().EncodeAhead; row++)
            farm.RunStage("tight", row, "encode-prompt");

        Assert.Equal("denoise-1", Assert.Single(farm.Decide().Assign).Stage.StageId);
    }

    [Fact]
    public void Free_worker_prefetches_the_transformer_while_the_prompt_is_encoded()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(1)).WithMac("encodes", loaded: [ModelComponent.TextEncoder]).WithMac("free");
        farm.Assign("encodes", 1, "encode-prompt");

        var decision = farm.Decide();

        Assert.Empty(decision.Assign);
        Assert.Equal(new Prefetch("free", ModelComponent.Transformer), Assert.Single(decision.Prefetch));
    }

    [Fact]
    public void Prefetch_never_evicts_a_component()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(1)).WithMac("encodes", loaded: [ModelComponent.TextEncoder])
            .WithMac("tight", TightGb, loaded: [ModelComponent.TextEncoder]);
        farm.Assign("encodes", 1, "encode-prompt");

        Assert.DoesNotContain(farm.Decide().Prefetch, prefetch => prefetch.Component == ModelComponent.Transformer);
    }

    [Fact]
    public void Stalled_stage_gets_one_speculative_attempt()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(1)).WithMac("stalled", loaded: All).WithMac("free", loaded: All)
            .WithMac("also-free", loaded: All);
        farm.Progress(farm.Assign("stalled", 1, "encode-prompt"), 0, 1);

        Assert.Empty(farm.Decide().Assign);
        farm.Wait(120);

        var speculative = Assert.Single(farm.Decide().Assign);
        Assert.True(speculative.IsSpeculative);
        Assert.NotEqual("stalled", speculative.Worker);
        farm.Assign(speculative.Worker, 1, "encode-prompt", isSpeculative: true);
        Assert.Empty(farm.Decide().Assign);
    }

    [Fact]
    public void Preempting_clip_stops_the_latest_attempt_of_the_lowest_class()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch("a", 1, new ClipConstraints(1), Clips.Small(1)))
            .WithBatch(Clips.Batch("b", 2, null, Clips.Small(2), Clips.Small(3)))
            .WithMac("one", loaded: All).WithMac("two", loaded: All).WithMac("three", loaded: All);
        farm.Assign("one", 1, "encode-prompt");
        farm.Assign("two", 2, "encode-prompt", "b2");
        farm.Wait(1);
        var last = farm.Assign("three", 3, "encode-prompt", "b2");

        var decision = farm.WithBatch(Clips.Batch("urgent", 9, new ClipConstraints(2, Preempts: true), Clips.Small(9))).Decide();

        Assert.Equal(last, Assert.Single(decision.Preempt));
        Assert.Equal(new Assignment(new StageAddress("b3", 9, "encode-prompt"), "three"), Assert.Single(decision.Assign));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void Clip_without_preemption_or_of_no_higher_class_stops_nothing(int priority, bool preempts)
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(1)).WithMac("one", loaded: All);
        farm.Assign("one", 1, "encode-prompt");

        var decision = farm.WithBatch(Clips.Batch("other", 9, new ClipConstraints(priority, Preempts: preempts), Clips.Small(9))).Decide();

        Assert.Empty(decision.Preempt);
        Assert.Empty(decision.Assign);
    }

    [Fact]
    public void Free_worker_goes_to_the_higher_class_even_if_a_lower_class_would_preempt()
    {
        var farm = new ManualFarm().WithMac("one", loaded: All)
            .WithBatch(Clips.Batch("urgent", 1, new ClipConstraints(1, Preempts: true), Clips.Small(1)))
            .WithBatch(Clips.Batch("high", 2, new ClipConstraints(2), Clips.Small(2)));

        Assert.Equal("b2", Assert.Single(farm.Decide().Assign).Stage.Batch);
    }

    [Fact]
    public void Preempted_stage_gets_no_speculative_attempt()
    {
        // The small Mac can't hold the transformer that the urgent clip needs, but it could encode.
        var farm = new ManualFarm().WithMac("large", teraflops: 1, loaded: All)
            .WithBatch(Clips.Batch("urgent", 1, new ClipConstraints(1, Preempts: true), Clips.Small(1)))
            .WithBatch(Clips.Batch("low", 2, null, Clips.Small(2))).RunStage("large", 1, "encode-prompt");
        farm.Assign("large", 2, "encode-prompt", "b2");

        var decision = farm.WithMac("small", 24, teraflops: 40, loaded: [ModelComponent.TextEncoder]).Decide();

        Assert.Single(decision.Preempt);
        Assert.DoesNotContain(decision.Assign, assignment => assignment.IsSpeculative);
    }
}
