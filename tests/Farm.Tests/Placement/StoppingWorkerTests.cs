using MlxVideo.Farm.Policies;
using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Tests.Cases;

namespace MlxVideo.Farm.Tests.Placement;

/// <summary>The profile of a worker with an abandoned attempt, which stops at the end of its current step.</summary>
public sealed class StoppingWorkerTests
{
    private const double StepSeconds = 10;
    private const double LateSeconds = 200;
    private const int Steps = 8;
    private static readonly ModelComponent[] All = Enum.GetValues<ModelComponent>();

    [Fact]
    public void Next_stage_goes_to_another_worker_until_the_stopping_worker_ends_its_step()
    {
        var farm = Stopped();

        Assert.Equal("free", Assert.Single(farm.Decide().Assign).Worker);
        farm.Wait(LateSeconds);

        Assert.Equal("stops", Assert.Single(farm.Decide().Assign).Worker);
    }

    [Fact]
    public void Remaining_time_of_a_late_step_is_estimated_as_its_delay_so_far()
    {
        var farm = Stopped();

        var left = (farm.View.Profiles.Workers["stops"].StopsBy!.Value - farm.Now).TotalSeconds;

        Assert.InRange(left, LateSeconds - (2 * StepSeconds), LateSeconds);
    }

    [Fact]
    public void Late_step_marks_the_worker_as_slow_before_its_end_is_reported() =>
        Assert.True(Stopped().View.Profiles.Speeds.PaceOf("stops") > PolicyConstants.StrainedPace);

    [Fact]
    public void New_assignment_clears_the_stopping_state()
    {
        var farm = Stopped();

        farm.Assign("stops", 1, "upsample");

        Assert.Null(farm.View.Profiles.Workers["stops"].StopsBy);
    }

    /// <summary>A fast worker that stalled halfway through a stage until a speculative attempt of the stage finished.</summary>
    private static ManualFarm Stopped()
    {
        var farm = new ManualFarm().WithBatch(Clips.Batch(1)).WithMac("free", loaded: All).WithMac("stops", teraflops: 1000, loaded: All)
            .RunStage("free", 1, "encode-prompt");
        var attempt = farm.Assign("stops", 1, "denoise-1");
        for (var step = 0; step <= Steps / 2; step++)
        {
            farm.Wait(step == 0 ? 0 : StepSeconds);
            farm.Progress(attempt, step, Steps);
        }

        farm.Wait(LateSeconds);
        return farm.RunStage("free", 1, "denoise-1", isSpeculative: true);
    }
}
