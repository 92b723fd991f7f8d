using FsCheck.Xunit;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Scheduling;
using MlxVideo.Simulation.Tests.Cases;
using MlxVideo.Simulation.Tests.Checks;

namespace MlxVideo.Simulation.Tests.Properties;

/// <summary>Properties of the scheduler on every farm, for every workload and under any faults.</summary>
public sealed class AnyFarmProperties
{
    private static readonly Scheduler Scheduler = new();

    [Property(Arbitrary = [typeof(RenderCases.WithFaults)], MaxTest = 400)]
    public void Every_clip_finishes_while_a_capable_worker_survives(RenderCase drawn)
    {
        var result = drawn.Run(new CheckedPolicy(Scheduler));

        Assert.Equal(0, result.Failed);
        Assert.Equal(drawn.Clips, result.Completions.Count);
    }

    [Property(Arbitrary = [typeof(RenderCases.WithFaults)], MaxTest = 300)]
    public void Stages_go_only_to_free_workers_that_fit_and_may_run_them(RenderCase drawn)
    {
        var policy =
            new CheckedPolicy(
                Scheduler, DecisionRules.AssignsOnlyWhatFits, DecisionRules.GoesToFreeWorkers, DecisionRules.RunsEqualStagesOnce,
                DecisionRules.OffloadsToIdleWorkers);

        drawn.Run(policy);

        Assert.NotEqual(0, policy.Decisions);
    }

    [Property(Arbitrary = [typeof(RenderCases.WithFaults)], MaxTest = 300)]
    public void Workers_have_one_attempt_and_stages_one_speculative_attempt_and_one_result(RenderCase drawn)
    {
        var history = new FarmHistory();

        drawn.Run(new CheckedPolicy(Scheduler), history.Take);

        Assert.Empty(history.State.Open);
        history.CheckThatOldReportsChangeNothing();
    }

    [Property(Arbitrary = [typeof(RenderCases.WithFaults)], MaxTest = 300)]
    public void No_lower_class_is_served_before_a_higher_one(RenderCase drawn)
    {
        var options = new SchedulingOptions();

        drawn.Run(new CheckedPolicy(new Scheduler(options), StrictPriorities.Rule(options)));
    }

    [Property(Arbitrary = [typeof(RenderCases.WithFaults)], MaxTest = 200)]
    public void Only_clips_with_preemption_stop_attempts_and_only_attempts_of_lower_classes(RenderCase drawn) =>
        drawn.Run(new CheckedPolicy(Scheduler, DecisionRules.PreemptsOnlyLowerClasses));

    [Property(Arbitrary = [typeof(RenderCases.WithFaults)], MaxTest = 150)]
    public void Decisions_and_runs_are_deterministic(RenderCase drawn)
    {
        var once = drawn.Run(new CheckedPolicy(Scheduler, DecisionRules.IsRepeatable(Scheduler)));
        var again = drawn.Run(new CheckedPolicy(new Scheduler()));

        Assert.Equal(once.Spans, again.Spans);
        Assert.Equal(once.Completions, again.Completions);
    }
}
