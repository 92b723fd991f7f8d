using FsCheck.Xunit;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Scheduling;
using MlxVideo.Simulation.Bounds;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Faults;
using MlxVideo.Simulation.Policies;
using MlxVideo.Simulation.Running;
using MlxVideo.Simulation.Tests.Cases;

namespace MlxVideo.Simulation.Tests.Bounds;

/// <summary>The lower bound from the state of a run at the time of a fault.</summary>
public sealed class BoundFromFaultTests
{
    private const int Some = 4;
    private const double AtSeconds = 60;
    private const double RoundingSeconds = 1e-3;
    private static readonly SimulatedMac One = new("one", 128, 10, 5, 10);
    private static readonly SimulatedMac Two = new("two", 128, 10, 5, 10);

    [Fact]
    public void Bound_on_one_Mac_is_the_remaining_computation()
    {
        var (run, bound) = Bound([One], new MacSlows(0, AtSeconds, 1));

        var computes = run.Spans.Where(span => span.End > AtSeconds).Sum(span => span.End - Math.Max(AtSeconds, span.ComputeFrom));
        Assert.InRange(bound, AtSeconds + (0.99 * computes), run.Makespan);
    }

    [Fact]
    public void Bound_slows_all_steps_of_a_slow_Mac_except_the_current_one()
    {
        var usual = Bound([One], new MacSlows(0, AtSeconds, 1)).Bound - AtSeconds;

        Assert.InRange((Bound([One], new MacSlows(0, AtSeconds, 4)).Bound - AtSeconds) / usual, 3.5, 4);
    }

    [Fact]
    public void Bound_restarts_the_stage_of_a_dead_Mac_on_the_other_Macs()
    {
        var error = new MacDies(1, AtSeconds);
        var (run, bound) = Bound([One, Two], error);

        var lost = Assert.Single(run.Spans, span => span is { Mac: "two", Wasted: true });
        Assert.True(lost.ComputeFrom < AtSeconds);
        Assert.InRange(
            bound, AtSeconds + run.Spans.Where(span => span.Start >= AtSeconds + FarmSimulation.Lease)
                .Sum(span => 0.9 * (span.End - span.ComputeFrom)), run.Makespan);
    }

    [Fact]
    public void Bound_of_a_finished_run_is_its_makespan()
    {
        var (run, bound) = Bound([One], new MacDies(0, 1_000_000));

        Assert.Equal(run.Makespan, bound);
    }

    [Fact]
    public void Bound_is_null_when_too_much_work_is_left()
    {
        var (batch, times, error) = (Clips.Batch(100), new TrueTimes(1), new MacSlows(1, 1, 4));

        Assert.Null(
            BoundFromFault.Of(
                [One, Two], batch, times, error, FarmSimulation.Run(new FirstComeByStage(), [One, Two], batch, times, [error])));
    }

    [Property(Arbitrary = [typeof(RenderCases.BatchWithFaults)], MaxTest = 40)]
    public void No_run_ends_before_the_bound(RenderCase drawn)
    {
        if (drawn.Faults.FirstOrDefault(fault => fault is MacSlows or MacDies or MacLeaves) is not { } fault)
            return;
        drawn = drawn.WithoutTags() with { Faults = [fault] };
        foreach (var policy in new ISchedulingPolicy[] { new Scheduler(), new DynamicHeft(), new FirstComeByStage() })
        {
            var run = drawn.Run(policy);
            if (run.Failed == 0 && BoundFromFault.Of(drawn.Macs, drawn.Submissions.Single().Batch, drawn.Times, fault, run) is { } bound)
                Assert.True(
                    run.Makespan >= bound - RoundingSeconds,
                    $"{policy.GetType().Name} took {run.Makespan} s, below the bound of {bound} s.");
        }
    }

    private static (SimulationResult Run, double Bound) Bound(IReadOnlyList<SimulatedMac> macs, InjectedFault fault)
    {
        var (batch, times) = (Clips.Batch(Some), new TrueTimes(3));
        var run = FarmSimulation.Run(new FirstComeByStage(), macs, batch, times, [fault]);
        return (run, BoundFromFault.Of(macs, batch, times, fault, run)!.Value);
    }
}
