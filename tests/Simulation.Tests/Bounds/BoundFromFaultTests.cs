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

/// <summary>The bound from where a run stood when a fault struck.</summary>
public sealed class BoundFromFaultTests
{
    private const int Some = 4;
    private const double AtSeconds = 60;
    private const double RoundingSeconds = 1e-3;
    private static readonly SimulatedMac One = new("one", 128, 10, 5, 10);
    private static readonly SimulatedMac Two = new("two", 128, 10, 5, 10);

    [Fact]
    public void On_one_Mac_it_is_what_the_run_still_computes()
    {
        var (run, bound) = Bound([One], new MacSlows(0, AtSeconds, 1));

        var computes = run.Spans.Where(span => span.End > AtSeconds).Sum(span => span.End - Math.Max(AtSeconds, span.ComputeFrom));
        Assert.InRange(bound, AtSeconds + (0.99 * computes), run.Makespan);
    }

    [Fact]
    public void All_steps_but_the_one_that_a_slow_Mac_is_at_are_slow()
    {
        var usual = Bound([One], new MacSlows(0, AtSeconds, 1)).Bound - AtSeconds;

        Assert.InRange((Bound([One], new MacSlows(0, AtSeconds, 4)).Bound - AtSeconds) / usual, 3.5, 4);
    }

    [Fact]
    public void What_a_dead_Mac_was_at_is_done_by_the_others_from_its_beginning()
    {
        var fault = new MacDies(1, AtSeconds);
        var (run, bound) = Bound([One, Two], fault);

        var lost = Assert.Single(run.Spans, span => span is { Mac: "two", Wasted: true });
        Assert.True(lost.ComputeFrom < AtSeconds);
        Assert.InRange(
            bound, AtSeconds + run.Spans.Where(span => span.Start >= AtSeconds + FarmSimulation.Lease)
                .Sum(span => 0.9 * (span.End - span.ComputeFrom)), run.Makespan);
    }

    [Fact]
    public void A_run_that_was_over_is_its_own_bound()
    {
        var (run, bound) = Bound([One], new MacDies(0, 1_000_000));

        Assert.Equal(run.Makespan, bound);
    }

    [Fact]
    public void There_is_none_where_too_much_was_left()
    {
        var (batch, times, fault) = (Clips.Batch(100), new TrueTimes(1), new MacSlows(1, 1, 4));

        Assert.Null(
            BoundFromFault.Of(
                [One, Two], batch, times, fault, FarmSimulation.Run(new FirstComeByStage(), [One, Two], batch, times, [fault])));
    }

    [Property(Arbitrary = [typeof(RenderCases.BatchWithFaults)], MaxTest = 40)]
    public void No_run_is_over_before_it(RenderCase drawn)
    {
        if (drawn.Faults.FirstOrDefault(fault => fault is MacSlows or MacDies or MacLeaves) is not { } fault)
            return;
        drawn = drawn.WithoutTags() with { Faults = [fault] };
        foreach (var policy in new ISchedulingPolicy[] { new Scheduler(), new DynamicHeft(), new FirstComeByStage() })
        {
            var run = drawn.Run(policy);
            if (run.Failed == 0 && BoundFromFault.Of(drawn.Macs, drawn.Submissions.Single().Batch, drawn.Times, fault, run) is { } bound)
                Assert.True(run.Makespan >= bound - RoundingSeconds, $"{policy.GetType().Name} took {run.Makespan} s, below {bound} s.");
        }
    }

    private static (SimulationResult Run, double Bound) Bound(IReadOnlyList<SimulatedMac> macs, InjectedFault fault)
    {
        var (batch, times) = (Clips.Batch(Some), new TrueTimes(3));
        var run = FarmSimulation.Run(new FirstComeByStage(), macs, batch, times, [fault]);
        return (run, BoundFromFault.Of(macs, batch, times, fault, run)!.Value);
    }
}
