using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Views;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.Tests.Decisions;

/// <summary>Workers whose tags and hours an operator sets, and workers that are forgotten.</summary>
public sealed class WorkerOperationsTests
{
    private static readonly AllowedHours Night = new(20 * 60, 8 * 60, 0);
    private static readonly AllowedHours Noon = new(11 * 60, 13 * 60, 0);

    private readonly FarmScenario _farm = new();

    [Fact]
    public void Clip_with_a_tag_goes_to_the_worker_that_the_operator_gave_it()
    {
        _farm.WithWorker("w1").WithWorker("w2").WithBatch("b1", 1, Tagged("big"));
        Assert.Empty(_farm.Schedule());
        _farm.Farm.Tag("w2", ["big"], _farm.Now);
        Assert.Equal("w2", Assert.Single(_farm.Schedule()).Worker);
    }

    [Fact]
    public void Tags_and_hours_stay_when_the_worker_joins_again_and_its_own_are_restored()
    {
        var own = FarmScenario.Capabilities with { Tags = ["own"], Hours = Noon };
        _farm.WithWorker("w1", capabilities: own);
        _farm.Farm.Tag("w1", [], _farm.Now);
        _farm.Farm.SetHours("w1", Night, _farm.Now);

        _farm.WithoutWorker("w1").WithWorker("w1", epoch: "e2", capabilities: own);

        Assert.Empty(_farm.State.Workers["w1"].Capabilities.Tags);
        Assert.Equal(Night, _farm.State.Workers["w1"].Capabilities.Hours);
        _farm.Farm.Tag("w1", null, _farm.Now);
        _farm.Farm.SetHours("w1", null, _farm.Now);
        Assert.Equal(["own"], _farm.State.Workers["w1"].Capabilities.Tags);
        Assert.Equal(Noon, _farm.State.Workers["w1"].Capabilities.Hours);
        Assert.Empty(_farm.State.Overrides);
    }

    [Fact]
    public void Worker_outside_the_hours_that_the_operator_set_gets_no_stage()
    {
        _farm.Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        _farm.WithWorker("w1").WithBatch("b1", FarmScenario.Settings());
        _farm.Farm.SetHours("w1", Night, _farm.Now);
        Assert.Empty(_farm.Schedule());
        _farm.Farm.SetHours("w1", null, _farm.Now);
        Assert.NotEmpty(_farm.Schedule());
    }

    [Fact]
    public void Repeated_requests_change_nothing()
    {
        _farm.WithWorker("w1");
        Assert.Empty(_farm.Farm.Tag("w1", null, _farm.Now));
        Assert.Single(_farm.Farm.Tag("w1", ["a"], _farm.Now));
        Assert.Empty(_farm.Farm.Tag("w1", ["a"], _farm.Now));
        Assert.Single(_farm.Farm.SetHours("w1", Night, _farm.Now));
        Assert.Empty(_farm.Farm.SetHours("w1", Night, _farm.Now));
        Assert.Empty(_farm.Farm.Forget("w1", _farm.Now));
        _farm.WithoutWorker("w1");
        Assert.Single(_farm.Farm.Forget("w1", _farm.Now));
        Assert.Empty(_farm.Farm.Forget("w1", _farm.Now));
    }

    [Fact]
    public void Nothing_is_left_of_a_forgotten_worker()
    {
        _farm.WithWorker("w1").WithBatch("b1", FarmScenario.Settings());
        var attempt = _farm.Assign(new StageAddress("b1", 1, "encode-prompt"), "w1");
        _farm.Farm.Progress(new StepProgress(attempt, 0, 2), _farm.Now);
        _farm.Farm.Progress(new StepProgress(attempt, 1, 2), _farm.Now.AddSeconds(5));
        Assert.Contains(_farm.Farm.Profiles.Speeds.Rates.Keys, key => key.Worker == "w1");
        _farm.Farm.Drain("w1", _farm.Now);
        _farm.Farm.Tag("w1", ["a"], _farm.Now);
        _farm.WithoutWorker("w1");

        _farm.Farm.Forget("w1", _farm.Now);

        Assert.Empty(_farm.State.Drained);
        Assert.Empty(_farm.State.Overrides);
        Assert.DoesNotContain(_farm.Farm.Profiles.Speeds.Rates.Keys, key => key.Worker == "w1");
        Assert.Contains(_farm.Farm.Profiles.Speeds.Rates.Keys, key => key.Worker.Length == 0);
        Assert.Equal("The farm has no worker 'w1'.", DrainDecisions.Find(_farm.State, "w1").Error);
    }

    [Fact]
    public void Absent_worker_is_found_by_its_name()
    {
        _farm.WithWorker("w1").WithWorker("w2");
        _farm.Farm.Tag("w1", ["a"], _farm.Now);
        _farm.WithoutWorker("w1");
        Assert.Equal("w1", DrainDecisions.Find(_farm.State, "W1").Id);
        Assert.Equal("The farm has no worker 'w3'; its workers are w2; it remembers w1.", DrainDecisions.Find(_farm.State, "w3").Error);
    }

    [Fact]
    public void View_shows_what_a_worker_has_and_does()
    {
        _farm.WithWorker("w1").WithWorker("w2").WithWorker("w3").WithWorker(
            "w4", capabilities: FarmScenario.Capabilities with { Unfit = "Bad device." }).WithWorker("w5");
        _farm.WithBatch("b1", FarmScenario.Settings());
        _farm.Assign(new StageAddress("b1", 1, "encode-prompt"), "w1");
        _farm.Farm.Record(new WorkerResidency("w1", [ModelComponent.TextEncoder], null, 0));
        _farm.Farm.SetHours("w1", Night, _farm.Now);
        _farm.Farm.Drain("w2", _farm.Now);
        _farm.Farm.ChangeCondition("w3", "Its disk is full.", _farm.Now);
        _farm.Farm.ChangeCondition("w5", WorkerDecisions.ConnectionClosed, _farm.Now);
        _farm.WithWorker("w6").Farm.Drain("w6", _farm.Now);
        _farm.WithoutWorker("w6").WithWorker("w7");

        var views = WorkerViews.All(_farm.Farm.Snapshot);

        Assert.Equal(
            [("w1", WorkerState.Busy), ("w2", WorkerState.Drained), ("w3", WorkerState.Blocked), ("w4", WorkerState.Unfit),
                ("w5", WorkerState.Disconnected), ("w7", WorkerState.Idle), ("w6", WorkerState.Drained)],
            views.Select(view => (view.Id, view.State)));
        Assert.Equal([true, false], views.TakeLast(2).Select(view => view.Present));
        var busy = views[0];
        Assert.Equal(new WorkerStage("b1", 1, "encode-prompt", 1, _farm.Now), busy.Stage);
        Assert.Equal([ModelComponent.TextEncoder], busy.Resident);
        Assert.Equal(("20:00-08:00", true, false), (busy.Hours, busy.HoursSet, busy.TagsSet));
        Assert.Equal((64L << 30, 48L << 30, 1e8), (busy.MemoryBytes, busy.WeightBytes, busy.LinkBytesPerSecond));
        Assert.InRange(busy.TeraflopsPerSecond, 0.1, 10);
    }

    private static ClipRequest Tagged(string tag) => new(1, "1.mp4", new ClipConstraints(Tag: tag), FarmScenario.Settings());
}
