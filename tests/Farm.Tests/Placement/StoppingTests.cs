using MlxVideo.Farm.Policies;
using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Tests.Cases;

namespace MlxVideo.Farm.Tests.Placement;

/// <summary>What is known of a worker whose attempt is not wanted any more: it stops at the end of its step.</summary>
public sealed class StoppingTests
{
    private const double StepSeconds = 10;
    private const double LateSeconds = 200;
    private const int Steps = 8;
    private static readonly ModelComponent[] All = Enum.GetValues<ModelComponent>();

    [Fact]
    public void Its_next_stage_goes_to_another_one_until_its_step_is_over()
    {
        var farm = Stopped();

        Assert.Equal("free", Assert.Single(farm.Decide().Assign).Worker);
        farm.Wait(LateSeconds);

        Assert.Equal("stops", Assert.Single(farm.Decide().Assign).Worker);
    }

    [Fact]
    public void A_late_step_is_taken_to_need_as_long_again_as_it_is_late()
    {
        var farm = Stopped();

        var left = (farm.View.Profiles.Workers["stops"].StopsBy!.Value - farm.Now).TotalSeconds;

        Assert.InRange(left, LateSeconds - (2 * StepSeconds), LateSeconds);
    }

    [Fact]
    public void A_late_step_tells_that_the_worker_is_slow_though_its_end_is_not_heard_of() =>
        Assert.True(Stopped().View.Profiles.Speeds.PaceOf("stops") > PolicyConstants.StrainedPace);

    [Fact]
    public void What_it_is_given_next_is_all_that_it_does()
    {
        var farm = Stopped();

        farm.Give("stops", 1, "upsample");

        Assert.Null(farm.View.Profiles.Workers["stops"].StopsBy);
    }

    /// <summary>A fast worker did half of a stage, then stood at a step until a copy of it was done.</summary>
    private static FarmByHand Stopped()
    {
        var farm = new FarmByHand().WithBatch(Clips.Batch(1)).WithMac("free", loaded: All).WithMac("stops", teraflops: 1000, loaded: All)
            .Do("free", 1, "encode-prompt");
        var attempt = farm.Give("stops", 1, "denoise-1");
        for (var step = 0; step <= Steps / 2; step++)
        {
            farm.Wait(step == 0 ? 0 : StepSeconds);
            farm.Progress(attempt, step, Steps);
        }

        farm.Wait(LateSeconds);
        return farm.Do("free", 1, "denoise-1", isSpeculative: true);
    }
}
