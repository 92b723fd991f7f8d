using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Farm.Views;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.Tests.Decisions;

/// <summary>Workers whose device failed the self-test: present for the operator, absent for the scheduler.</summary>
public sealed class UnfitWorkerTests
{
    private const string Reason = "The device 'mps' computes 'rms-norm' incorrectly.";

    private static readonly WorkerCapabilities Unfit = FarmScenario.Capabilities with { Unfit = Reason, TeraflopsPerSecond = 1000 };

    private readonly FarmScenario _farm = new();

    [Fact]
    public void Stages_go_only_to_fit_workers()
    {
        _farm.WithWorker("unfit", capabilities: Unfit).WithWorker("fit").WithBatch("b", FarmScenario.Settings(1), FarmScenario.Settings(2));
        Assert.Equal(["fit"], _farm.Schedule().Select(assignment => assignment.Worker));
        Assert.Null(_farm.State.Workers["unfit"].Current);
    }

    [Fact]
    public void Nothing_is_prefetched_or_offloaded_to_an_unfit_worker()
    {
        _farm.WithWorker("unfit", capabilities: Unfit).WithWorker("fit").WithBatch("b", FarmScenario.Settings(1));
        var (events, prefetch) = _farm.Farm.Schedule(_farm.Now);
        Assert.DoesNotContain(prefetch, each => each.Worker == "unfit");
        Assert.Empty(events.OfType<FarmEvents.OffloadAssigned>());
    }

    [Fact]
    public void Decisions_are_the_same_with_and_without_unfit_workers()
    {
        var clips = Enumerable.Range(1, 6).Select(row => FarmScenario.Settings(row)).ToArray();
        _farm.WithWorker("a").WithWorker("b").WithBatch("b", clips);
        var other = new FarmScenario().WithWorker("a").WithWorker("aa", capabilities: Unfit).WithWorker("b")
            .WithWorker("z", capabilities: Unfit).WithBatch("b", clips);
        for (var step = 0; step < 10; step++)
        {
            Assert.Equal(_farm.Schedule(), other.Schedule());
            foreach (var worker in new[] { "a", "b" }.Where(worker => _farm.State.Workers[worker].Current is not null))
            {
                _farm.Complete(worker);
                other.Complete(worker);
            }
        }
    }

    [Fact]
    public void Worker_that_restarts_as_fit_gets_stages()
    {
        _farm.WithWorker("w", capabilities: Unfit).WithBatch("b", FarmScenario.Settings());
        Assert.Empty(_farm.Schedule());
        _farm.WithWorker("w", epoch: "e2");
        Assert.Equal("w", Assert.Single(_farm.Schedule()).Worker);
    }

    [Fact]
    public void Batch_is_not_bound_to_the_model_or_arithmetic_of_an_unfit_worker()
    {
        var arithmetic = "arm64 mps bfloat16 metal-safe 1";
        _farm.WithBatch("early", FarmScenario.Settings()).WithWorker("unfit", capabilities: Unfit with { Arithmetic = arithmetic });
        Assert.Null(_farm.State.Batches["early"].Binding);

        _farm.WithWorker("fit").WithBatch("late", FarmScenario.Settings());
        Assert.All(
            _farm.State.Batches.Values, batch => Assert.Equal(new ModelBinding("m", FarmScenario.Capabilities.Arithmetic), batch.Binding));
    }

    [Fact]
    public void Model_of_an_unfit_worker_does_not_make_the_choice_ambiguous()
    {
        _farm.WithWorker("unfit", model: "other", capabilities: Unfit).WithWorker("fit");
        Assert.Equal(new ModelChoice("m", _farm.State.Workers["fit"].Binding, null), ModelSelection.Choose(_farm.State, null));
    }

    [Fact]
    public void Waiting_reason_names_the_unfit_workers()
    {
        _farm.WithWorker("mini", capabilities: Unfit).WithBatch("b", FarmScenario.Settings());
        Assert.Equal(
            "No worker is in the farm (not counting mini, which failed the self-test; see 'farm status').", WaitingFor("b"));

        _farm.WithWorker("fit");
        Assert.Null(WaitingFor("b"));
        _farm.WithBatch(
            "tagged", 1, new ClipRequest(1, "1.mp4", new ClipConstraints(Tag: "big"), FarmScenario.Settings()));
        Assert.Equal(
            "No worker has the tag 'big' (not counting mini, which failed the self-test; see 'farm status').", WaitingFor("tagged"));
    }

    [Fact]
    public void Status_shows_the_reason_before_a_temporary_problem()
    {
        _farm.WithWorker("unfit", capabilities: Unfit).WithWorker("fit");
        Assert.Equal([null, Reason], BatchViews.Status(_farm.State).Workers.Select(worker => worker.Problem));
        _farm.Farm.ChangeCondition("unfit", "The disk is full.", _farm.Now);
        Assert.Equal([null, Reason], BatchViews.Status(_farm.State).Workers.Select(worker => worker.Problem));
    }

    [Fact]
    public void Unfit_worker_is_not_listed_among_the_workers_of_a_batch()
    {
        _farm.WithWorker("unfit", capabilities: Unfit).WithWorker("fit").WithBatch("b", FarmScenario.Settings());
        Assert.Equal(["fit"], View("b").Workers);
    }

    private string? WaitingFor(string batch) => Assert.Single(View(batch).Clips).WaitingFor;

    private Shared.Api.BatchView View(string batch) =>
        BatchViews.Of(_farm.Farm.Snapshot, _farm.State.Batches[batch], 1, new SchedulingOptions(), _farm.Now);
}
