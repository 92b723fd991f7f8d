using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;
using MlxVideo.Simulation.Tests.Cases;

namespace MlxVideo.Farm.Tests.Placement;

/// <summary>Which worker a stage goes to.</summary>
public sealed class PlacementTests
{
    private static readonly ModelComponent[] All = Enum.GetValues<ModelComponent>();

    [Fact]
    public void Near_the_end_a_stage_waits_for_a_fast_busy_worker_rather_than_for_a_slow_free_one()
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch(2)).WithMac("fast", teraflops: 40, loaded: All)
            .WithMac("slow", teraflops: 2, loaded: All);
        farm.Do("fast", 1, "encode-prompt").Do("fast", 2, "encode-prompt").Do("fast", 1, "denoise-1");
        farm.Give("fast", 1, "upsample");

        Assert.DoesNotContain(farm.Decide().Assign, assignment => assignment.Worker == "slow");
    }

    [Fact]
    public void No_worker_rests_while_many_clips_wait()
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch(40)).WithMac("fast", teraflops: 40, loaded: All)
            .WithMac("slow", teraflops: 2, loaded: All);
        for (var row = 1; row <= 10; row++)
            farm.Do("fast", row, "encode-prompt");
        farm.Give("fast", 1, "denoise-1");

        Assert.Contains(farm.Decide().Assign, assignment => assignment.Worker == "slow");
    }

    [Fact]
    public void A_stage_goes_to_the_worker_that_holds_the_component()
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch(1)).WithMac("a-empty").WithMac("b-holds", loaded: [ModelComponent.TextEncoder]);

        Assert.Equal("b-holds", Assert.Single(farm.Decide().Assign).Worker);
    }

    [Fact]
    public void A_stage_goes_to_the_worker_that_made_its_inputs_when_links_are_slow()
    {
        const long bytes = 2_000_000_000;
        var farm = new FarmByHand().WithBatch(Clips.Batch(1)).WithMac("a-other", linkGbit: 1, loaded: All)
            .WithMac("b-maker", linkGbit: 1, loaded: All);

        farm.Do("b-maker", 1, "encode-prompt", bytes: bytes);

        Assert.Equal("b-maker", Assert.Single(farm.Decide().Assign).Worker);
    }

    [Fact]
    public void A_worker_that_holds_the_inputs_is_not_worth_a_much_slower_one()
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch(1)).WithMac("a-other", teraflops: 40, loaded: All)
            .WithMac("b-maker", teraflops: 2, loaded: All);

        farm.Do("b-maker", 1, "encode-prompt", bytes: 1000);

        Assert.Equal("a-other", Assert.Single(farm.Decide().Assign).Worker);
    }

    [Fact]
    public void Stages_go_only_to_workers_with_the_clips_tag()
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch("token", 1, new ClipConstraints(Tag: "studio"), Clips.Small(1)))
            .WithMac("fast", teraflops: 40, loaded: All)
            .WithMac("tagged", teraflops: 4, but: capabilities => capabilities with { Tags = ["studio"] });

        Assert.Equal("tagged", Assert.Single(farm.Decide().Assign).Worker);
    }

    [Fact]
    public void Clips_that_nobody_can_run_do_not_hide_the_ones_behind_them()
    {
        var farm = new FarmByHand()
            .WithBatch(
                Clips.Batch(
                    "token", 1, new ClipConstraints(Priority: 1, Tag: "absent"), Enumerable.Range(1, 100).Select(Clips.Small).ToArray()))
            .WithBatch(Clips.Batch("other", 1, null, Clips.Small(500))).WithMac("mac", loaded: All);

        Assert.Equal("b2", Assert.Single(farm.Decide().Assign).Stage.Batch);
    }

    [Theory]
    [InlineData(11, 13, true)]
    [InlineData(13, 14, false)]
    [InlineData(22, 8, false)]
    [InlineData(22, 13, true)]
    public void A_worker_is_left_alone_outside_its_hours(int fromHour, int toHour, bool works)
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch(1))
            .WithMac("mac", but: capabilities => capabilities with { Hours = new AllowedHours(fromHour * 60, toHour * 60, 0) });

        Assert.Equal(works, farm.Decide().Assign.Count == 1);
    }

    [Fact]
    public void A_stage_that_would_not_end_within_the_hours_goes_to_another_worker()
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch(1)).WithMac("slow")
            .WithMac("leaves-soon", teraflops: 40, loaded: All, but: capabilities =>
                capabilities with { Hours = new AllowedHours(11 * 60, 13 * 60, 0) });
        farm.Now = new DateTimeOffset(2026, 1, 1, 12, 59, 59, TimeSpan.Zero) + TimeSpan.FromMilliseconds(900);

        Assert.Equal("slow", Assert.Single(farm.Decide().Assign).Worker);
    }

    [Fact]
    public void A_worker_where_the_stage_failed_gets_it_only_when_no_other_can()
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch(1)).WithMac("fast", teraflops: 40, loaded: All);
        farm.Fail(farm.Give("fast", 1, "encode-prompt"), FailureKind.Machine);
        Assert.Equal("fast", Assert.Single(farm.Decide().Assign).Worker);

        farm.WithMac("slow", teraflops: 2);
        Assert.Equal("slow", Assert.Single(farm.Decide().Assign).Worker);
    }
}
