using FsCheck.Xunit;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Scheduling;
using MlxVideo.Simulation.Bounds;
using MlxVideo.Simulation.Policies;
using MlxVideo.Simulation.Tests.Cases;
using MlxVideo.Simulation.Tests.Checks;

namespace MlxVideo.Simulation.Tests.Bounds;

/// <summary>No policy is faster than the lower bound.</summary>
public sealed class LowerBoundProperties
{
    private const double RoundingSeconds = 1e-6;

    private static readonly IReadOnlyList<ISchedulingPolicy> Policies =
        [new Scheduler(), new ByClip(dealt: true), new ByClip(dealt: false), new FirstComeByStage(), new AffinityFirst(),
            new DynamicHeft()];

    [Property(Arbitrary = [typeof(RenderCases.NominalBatch)], MaxTest = 40)]
    public void No_policy_renders_a_batch_faster_than_the_bound(RenderCase drawn)
    {
        // The baseline policies ignore tags: a dealt clip would wait for its worker forever.
        drawn = drawn.WithoutTags();
        var bound = BoundOf(drawn);

        Assert.True(bound > 0);
        foreach (var policy in Policies)
        {
            var result = drawn.Run(new CheckedPolicy(policy));
            Assert.Equal(0, result.Failed);
            Assert.True(
                result.Makespan >= bound - RoundingSeconds,
                $"{policy.GetType().Name} took {result.Makespan} s, below the bound of {bound} s.");
        }
    }

    [Property(Arbitrary = [typeof(RenderCases.BatchWithFaults)], MaxTest = 60)]
    public void Bound_with_known_faults_holds_for_the_scheduler(RenderCase drawn)
    {
        var bound = BoundOf(drawn);
        var result = drawn.Run(new Scheduler());

        Assert.True(bound > 0);
        Assert.True(result.Makespan >= bound - RoundingSeconds, $"The batch took {result.Makespan} s, below the bound of {bound} s.");
    }

    private static double BoundOf(RenderCase drawn) =>
        LowerBound.Of(drawn.Macs, drawn.Submissions.Single().Batch, drawn.Times, drawn.Faults);
}
