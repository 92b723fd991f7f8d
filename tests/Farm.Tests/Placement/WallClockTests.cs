using MlxVideo.Farm.Commands;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;
using MlxVideo.Simulation.Tests.Cases;

namespace MlxVideo.Farm.Tests.Placement;

/// <summary>Allowed hours and deadlines follow adjustments of the wall clock.</summary>
public sealed class WallClockTests
{
    private static readonly ModelComponent[] All = Enum.GetValues<ModelComponent>();

    [Fact]
    public void Allowed_hours_follow_the_wall_clock()
    {
        // The farm's own time is noon.
        var farm = new ManualFarm().WithBatch(Clips.Batch(1))
            .WithMac("nights", loaded: All, but: capabilities => capabilities with { Hours = new AllowedHours(20 * 60, 8 * 60, 0) });
        Assert.Empty(farm.Decide().Assign);

        farm.SetWallClock(TimeSpan.FromHours(9));
        Assert.Single(farm.Decide().Assign);
        farm.SetWallClock(TimeSpan.FromHours(-6));
        Assert.Single(farm.Decide().Assign);
        farm.SetWallClock(TimeSpan.FromHours(24));
        Assert.Empty(farm.Decide().Assign);
    }

    [Fact]
    public void Stage_that_would_exceed_the_allowed_hours_by_the_wall_clock_is_not_started()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(1)).WithMac("nights", teraflops: 0.001, loaded: All, but: capabilities =>
            capabilities with { Hours = new AllowedHours(20 * 60, 8 * 60, 0) });
        farm.SetWallClock(TimeSpan.FromHours(19) + TimeSpan.FromMinutes(59.9));
        Assert.Empty(farm.Decide().Assign);
    }

    [Fact]
    public void Decisions_without_hours_or_deadlines_do_not_depend_on_the_wall_clock()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(6)).WithMac("one", loaded: All).WithMac("two", teraflops: 4, loaded: All);
        var before = farm.Decide();
        farm.SetWallClock(TimeSpan.FromDays(-1));
        Assert.Equal(before.Assign, farm.Decide().Assign);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(-30, 3)]
    [InlineData(30, 2)]
    public void Deadline_gets_closer_when_the_wall_clock_moves_forward(int hours, int secondRow)
    {
        // The long clip goes first together with one short clip, or the batch would end later, unless the short clips are late already.
        var farm = new ManualFarm();
        farm.WithBatch(new BatchRequest("token", [
            new ClipRequest(1, "1.mp4", new ClipConstraints(Deadline: farm.Now + TimeSpan.FromHours(30)), Clips.Small(1)),
            new ClipRequest(2, "2.mp4", new ClipConstraints(Deadline: farm.Now + TimeSpan.FromHours(30)), Clips.Small(2)),
            new ClipRequest(3, "3.mp4", new ClipConstraints(), Clips.Small(3) with { NumFrames = 97 }),
        ])).WithMac("one", loaded: All).WithMac("two", loaded: All);
        for (var row = 1; row <= 3; row++)
            farm.RunStage("one", row, "encode-prompt").RunStage("one", row, "denoise-1");
        farm.SetWallClock(TimeSpan.FromHours(hours));

        Assert.Contains(secondRow, farm.Decide().Assign.Select(given => given.Stage.Row));
        Assert.DoesNotContain(5 - secondRow, farm.Decide().Assign.Select(given => given.Stage.Row));
    }
}
