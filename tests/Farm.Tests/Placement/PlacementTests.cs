using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;
using MlxVideo.Simulation.Tests.Cases;

namespace MlxVideo.Farm.Tests.Placement;

/// <summary>Choice of the worker for a stage.</summary>
public sealed class PlacementTests
{
    private static readonly ModelComponent[] All = Enum.GetValues<ModelComponent>();

    [Fact]
    public void Near_the_end_a_stage_waits_for_a_busy_fast_worker_instead_of_a_free_slow_one()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(2)).WithMac("fast", teraflops: 40, loaded: All)
            .WithMac("slow", teraflops: 2, loaded: All);
        farm.RunStage("fast", 1, "encode-prompt").RunStage("fast", 2, "encode-prompt").RunStage("fast", 1, "denoise-1");
        farm.Assign("fast", 1, "upsample");

        Assert.DoesNotContain(farm.Decide().Assign, assignment => assignment.Worker == "slow");
    }

    [Fact]
    public void No_worker_is_idle_while_many_clips_wait()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(40)).WithMac("fast", teraflops: 40, loaded: All)
            .WithMac("slow", teraflops: 2, loaded: All);
        for (var row = 1; row <= 10; row++)
            farm.RunStage("fast", row, "encode-prompt");
        farm.Assign("fast", 1, "denoise-1");

        Assert.Contains(farm.Decide().Assign, assignment => assignment.Worker == "slow");
    }

    [Fact]
    public void Stage_goes_to_the_worker_with_its_component_resident()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(1)).WithMac("a-empty").WithMac("b-holds", loaded: [ModelComponent.TextEncoder]);

        Assert.Equal("b-holds", Assert.Single(farm.Decide().Assign).Worker);
    }

    [Fact]
    public void Stage_goes_to_the_worker_that_computed_its_inputs_when_links_are_slow()
    {
        const long bytes = 2_000_000_000;
        var farm = new ManualFarm().WithBatch(Clips.Batch(1)).WithMac("a-other", linkGbit: 1, loaded: All)
            .WithMac("b-maker", linkGbit: 1, loaded: All);

        farm.RunStage("b-maker", 1, "encode-prompt", bytes: bytes);

        Assert.Equal("b-maker", Assert.Single(farm.Decide().Assign).Worker);
    }

    [Fact]
    public void Locally_cached_inputs_do_not_outweigh_a_much_lower_speed()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(1)).WithMac("a-other", teraflops: 40, loaded: All)
            .WithMac("b-maker", teraflops: 2, loaded: All);

        farm.RunStage("b-maker", 1, "encode-prompt", bytes: 1000);

        Assert.Equal("a-other", Assert.Single(farm.Decide().Assign).Worker);
    }

    [Fact]
    public void Stages_go_only_to_workers_with_the_clips_tag()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch("token", 1, new ClipConstraints(Tag: "studio"), Clips.Small(1)))
            .WithMac("fast", teraflops: 40, loaded: All)
            .WithMac("tagged", teraflops: 4, but: capabilities => capabilities with { Tags = ["studio"] });

        Assert.Equal("tagged", Assert.Single(farm.Decide().Assign).Worker);
    }

    [Fact]
    public void Clips_that_no_worker_can_run_do_not_block_later_clips()
    {
        var farm = new ManualFarm()
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
    public void Worker_gets_no_stage_outside_its_allowed_hours(int fromHour, int toHour, bool works)
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(1))
            .WithMac("mac", but: capabilities => capabilities with { Hours = new AllowedHours(fromHour * 60, toHour * 60, 0) });

        Assert.Equal(works, farm.Decide().Assign.Count == 1);
    }

    [Fact]
    public void Stage_that_would_exceed_the_allowed_hours_goes_to_another_worker()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(1)).WithMac("slow")
            .WithMac("leaves-soon", teraflops: 40, loaded: All, but: capabilities =>
                capabilities with { Hours = new AllowedHours(11 * 60, 13 * 60, 0) });
        farm.Now = new DateTimeOffset(2026, 1, 1, 12, 59, 59, TimeSpan.Zero) + TimeSpan.FromMilliseconds(900);

        Assert.Equal("slow", Assert.Single(farm.Decide().Assign).Worker);
    }

    [Fact]
    public void Stage_returns_to_a_worker_it_failed_on_only_when_no_other_can_run_it()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(1)).WithMac("fast", teraflops: 40, loaded: All);
        farm.Fail(farm.Assign("fast", 1, "encode-prompt"), FailureKind.Machine);
        Assert.Equal("fast", Assert.Single(farm.Decide().Assign).Worker);

        farm.WithMac("slow", teraflops: 2);
        Assert.Equal("slow", Assert.Single(farm.Decide().Assign).Worker);
    }
}
