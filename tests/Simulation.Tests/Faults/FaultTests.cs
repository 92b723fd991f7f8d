using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Faults;
using MlxVideo.Simulation.Policies;
using MlxVideo.Simulation.Running;
using MlxVideo.Simulation.Tests.Cases;

namespace MlxVideo.Simulation.Tests.Faults;

/// <summary>Simulated faults of Macs and the farm's reactions.</summary>
public sealed class FaultTests
{
    private const int Many = 12;
    private const double AtSeconds = 60;
    private static readonly SimulatedMac One = new("one", 128, 10, 5, 10);
    private static readonly SimulatedMac Two = new("two", 128, 10, 5, 10);

    [Fact]
    public void Stage_of_a_dead_Mac_is_reassigned_after_the_lease()
    {
        var (result, events) = Run([One, Two], new MacDies(1, AtSeconds));

        var lost = Assert.Single(events.OfType<FarmEvents.AttemptFailed>(), ended => ended.Kind == FailureKind.Machine);
        Assert.Equal(AtSeconds + FarmSimulation.Lease, Seconds(lost.At), 6);
        var again = events.OfType<FarmEvents.AttemptStarted>()
            .First(started => started.Attempt.Stage == lost.Attempt.Stage && started.At >= lost.At);
        Assert.Equal("one", again.Worker);
        Assert.Equal(0, result.Failed);
    }

    [Fact]
    public void Dead_Mac_does_no_work_even_before_the_farm_detects_its_death()
    {
        var (result, _) = Run([One, Two], new MacDies(1, AtSeconds));

        Assert.DoesNotContain(result.Spans, span => span.Mac == "two" && span.End > AtSeconds);
        Assert.Single(result.Spans, span => span is { Mac: "two", Wasted: true });
        Assert.True(result.WastedSeconds > 0);
    }

    [Fact]
    public void Undetected_dead_Mac_gets_a_stage_and_loses_it_after_the_lease()
    {
        var (result, events) = Run([One, Two], new MacDies(1, 0));

        Assert.Equal(FarmSimulation.Lease, Seconds(Assert.Single(events.OfType<FarmEvents.AttemptFailed>()).At), 6);
        Assert.DoesNotContain(result.Spans, span => span.Mac == "two");
        Assert.Equal(0, result.Failed);
    }

    [Fact]
    public void Mac_that_stalls_longer_than_the_lease_is_lost_and_rejoins()
    {
        const double forSeconds = 100;
        var (result, events) = Run([One, Two], new MacStalls(1, AtSeconds, forSeconds));

        Assert.Equal(AtSeconds + FarmSimulation.Lease, Seconds(Assert.Single(events.OfType<FarmEvents.WorkerLeft>()).At), 6);
        var back = events.OfType<FarmEvents.WorkerJoined>().Last(joined => joined.Worker == "two");
        Assert.Equal(AtSeconds + forSeconds, Seconds(back.At), 6);
        Assert.Contains(result.Spans, span => span is { Mac: "two", Wasted: false } && span.Start >= AtSeconds + forSeconds);
        Assert.DoesNotContain(result.Spans, span =>
            span.Mac == "two" && span.Start > AtSeconds + FarmSimulation.Lease && span.Start < AtSeconds + forSeconds);
    }

    [Fact]
    public void Short_stall_costs_its_duration_but_no_attempt()
    {
        var calm = Run([One]).Result;
        var (result, events) = Run([One], new MacStalls(0, AtSeconds, 10));

        Assert.Empty(events.OfType<FarmEvents.AttemptFailed>());
        Assert.InRange(result.Makespan - calm.Makespan, 0.01, 10);
    }

    [Fact]
    public void Slowdown_takes_effect_at_the_next_step()
    {
        var calm = Run([One]).Result.Spans;
        var slowed = Run([One], new MacSlows(0, AtSeconds, 4)).Result.Spans;
        var same = calm.Zip(slowed).TakeWhile(pair => pair.First == pair.Second).Count();

        Assert.All(calm.Take(same), span => Assert.True(span.End <= AtSeconds + Longest(calm)));
        var (before, after) = (calm[same], slowed[same]);
        Assert.Equal((before.Row, before.Stage), (after.Row, after.Stage));
        Assert.InRange((after.End - after.ComputeFrom) / (before.End - before.ComputeFrom), 1.01, 4);
        var last = slowed[^1];
        var lastBefore = calm.Single(span => span.Row == last.Row && span.Stage == last.Stage);
        Assert.Equal(4, (last.End - last.ComputeFrom) / (lastBefore.End - lastBefore.ComputeFrom), 1);
    }

    [Fact]
    public void Late_Mac_gets_stages_from_the_time_it_joins()
    {
        var (result, events) = Run([One, Two], new MacJoins(1, AtSeconds));

        Assert.Equal(AtSeconds, Seconds(events.OfType<FarmEvents.WorkerJoined>().Single(joined => joined.Worker == "two").At), 6);
        Assert.Equal(AtSeconds, result.Spans.Where(span => span.Mac == "two").Min(span => span.Start), 6);
        Assert.True(result.Makespan < Run([One]).Result.Makespan);
    }

    [Fact]
    public void Leaving_Mac_releases_its_stage_immediately_as_preempted()
    {
        var (result, events) = Run([One, Two], new MacLeaves(1, AtSeconds));

        var released = Assert.Single(events.OfType<FarmEvents.AttemptFailed>());
        Assert.Equal(FailureKind.Preempted, released.Kind);
        Assert.Equal(AtSeconds, Seconds(released.At), 6);
        Assert.DoesNotContain(result.Spans, span => span.Mac == "two" && span.Start > AtSeconds);
        Assert.Equal(0, result.Failed);
    }

    // A policy without waiting and speculative attempts isolates the effects of the faults.
    private static (SimulationResult Result, List<IFarmEvent> Events) Run(IReadOnlyList<SimulatedMac> macs, params InjectedFault[] faults)
    {
        var events = new List<IFarmEvent>();
        var result = FarmSimulation.Run(
            new FirstComeByStage(), macs, [new(0, Clips.Batch(Many))], new TrueTimes(3), faults, muxSlots: 1, events.Add);
        return (result, events);
    }

    private static double Seconds(DateTimeOffset at) => (at - new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)).TotalSeconds;

    private static double Longest(IReadOnlyList<WorkSpan> spans) => spans.Max(span => span.End - span.Start);
}
