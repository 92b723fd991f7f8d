using FsCheck.Xunit;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Scheduling;
using MlxVideo.Simulation.Tests.Cases;
using MlxVideo.Simulation.Tests.Checks;

namespace MlxVideo.Simulation.Tests.Properties;

/// <summary>What holds on every farm, for every workload, whatever happens to the Macs.</summary>
public sealed class AnyFarmProperties
{
    private static readonly Scheduler Scheduler = new();

    [Property(Arbitrary = [typeof(RenderCases.WithFaults)], MaxTest = 400)]
    public void Every_clip_is_finished_while_an_able_worker_survives(RenderCase drawn)
    {
        var result = drawn.Run(new CheckedPolicy(Scheduler));

        Assert.Equal(0, result.Failed);
        Assert.Equal(drawn.Clips, result.Completions.Count);
    }

    [Property(Arbitrary = [typeof(RenderCases.WithFaults)], MaxTest = 300)]
    public void Stages_go_to_free_workers_that_can_hold_and_may_run_them(RenderCase drawn)
    {
        var policy =
            new CheckedPolicy(Scheduler, DecisionRules.GoesWhereItFits, DecisionRules.GoesToFreeWorkers, DecisionRules.MakesEqualStagesOnce,
                DecisionRules.HelpsWithSpareWorkers);

        drawn.Run(policy);

        Assert.NotEqual(0, policy.Decisions);
    }

    [Property(Arbitrary = [typeof(RenderCases.WithFaults)], MaxTest = 300)]
    public void A_worker_has_one_attempt_a_stage_one_copy_and_one_result(RenderCase drawn)
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
    public void Only_clips_that_ask_for_it_stop_attempts_and_only_those_of_lower_classes(RenderCase drawn) =>
        drawn.Run(new CheckedPolicy(Scheduler, DecisionRules.PreemptsOnlyLowerClasses));

    [Property(Arbitrary = [typeof(RenderCases.WithFaults)], MaxTest = 150)]
    public void The_same_farm_and_time_give_the_same_decision_and_the_same_seed_the_same_run(RenderCase drawn)
    {
        var once = drawn.Run(new CheckedPolicy(Scheduler, DecisionRules.IsRepeatable(Scheduler)));
        var again = drawn.Run(new CheckedPolicy(new Scheduler()));

        Assert.Equal(once.Spans, again.Spans);
        Assert.Equal(once.Completions, again.Completions);
    }
}
