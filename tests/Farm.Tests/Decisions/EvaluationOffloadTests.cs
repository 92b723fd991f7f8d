using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.Tests.Decisions;

/// <summary>Evaluations of guided steps offloaded to a free worker.</summary>
public sealed class EvaluationOffloadTests
{
    private static readonly StageAddress Denoise = new("b1", 1, "denoise-1");

    private readonly FarmScenario _farm = new FarmScenario()
        .WithBatch("b1", FarmScenario.Settings() with { Pipeline = PipelineKind.OneStage, Audio = false })
        .WithWorker("owner").WithWorker("helper");

    private readonly AttemptAddress _attempt;

    public EvaluationOffloadTests()
    {
        foreach (var stage in new[] { "encode-prompt", "encode-prompt-negative" })
        {
            _farm.Assign(Denoise with { StageId = stage }, "owner");
            _farm.Complete("owner");
        }

        _attempt = _farm.Assign(Denoise, "owner");
    }

    [Fact]
    public void Helper_has_no_attempt_of_its_own_and_belongs_to_the_owners_attempt()
    {
        var offload = Offload();

        Assert.Equal((offload, null), (_farm.State.Workers["helper"].Offload, _farm.State.Workers["helper"].Current));
        Assert.Equal(new AttemptHelper(1, "helper", 2, _farm.Now, IsReady: false), _farm.Status(Denoise).Find(_attempt.Number)!.Helper);
        Assert.Equal([new FarmEvents.OffloadStarted(offload, _farm.Now)], _farm.Farm.OffloadReady(offload, _farm.Now));
        Assert.True(_farm.Status(Denoise).Find(_attempt.Number)!.Helper!.IsReady);
        Assert.Empty(_farm.Farm.OffloadReady(offload, _farm.Now));
    }

    public static TheoryData<string> Ends => ["done", "failed", "owner lost", "owner restarted", "batch cancelled"];

    [Theory]
    [MemberData(nameof(Ends))]
    public void Offload_ends_before_its_attempt_ends(string end)
    {
        var offload = Offload();
        var events = end switch
        {
            "done" => _farm.Complete("owner"),
            "failed" => _farm.Farm.Fail(_attempt, FailureKind.Machine, "x", _farm.Now),
            "owner lost" => _farm.Farm.Remove("owner", FailureKind.Machine, "x", _farm.Now),
            "owner restarted" =>
                _farm.Farm.Register(new RegisterWorker("owner", "e2", "owner", "cpu", "m", FarmScenario.Capabilities, "m", []), _farm.Now),
            _ => _farm.Farm.Cancel("b1", _farm.Now),
        };

        Assert.Equal(new FarmEvents.OffloadEnded(offload, "helper", Failure: null, _farm.Now), events[0]);
        Assert.Single(events.OfType<FarmEvents.OffloadEnded>());
        Assert.Null(_farm.State.Workers["helper"].Offload);
        Assert.Empty(_farm.Farm.OffloadReady(offload, _farm.Now));
        Assert.Empty(_farm.Farm.FailOffload(offload, FailureKind.Machine, _farm.Now));
    }

    [Fact]
    public void Offload_ends_when_its_helper_leaves_or_gets_a_stage_and_the_attempt_continues()
    {
        var first = Offload();
        _farm.WithBatch("b2", FarmScenario.Settings(2));
        var events = _farm.Carry(Decision.Nothing with { Assign = [new Assignment(new StageAddress("b2", 1, "encode-prompt"), "helper")] });
        Assert.Equal(new FarmEvents.OffloadEnded(first, "helper", Failure: null, _farm.Now), events[0]);
        Assert.IsType<FarmEvents.AttemptStarted>(events[1]);
        _farm.Complete("helper");

        var second = Offload();
        Assert.Equal(2, second.Number);
        Assert.Equal(
            new FarmEvents.OffloadEnded(second, "helper", Failure: null, _farm.Now),
            _farm.Farm.Remove("helper", FailureKind.Machine, "x", _farm.Now)[0]);
        Assert.Null(_farm.Status(Denoise).Find(_attempt.Number)!.Helper);
        _farm.Complete("owner");
        Assert.Equal(StageState.Done, _farm.Status(Denoise).State);
        Assert.Empty(_farm.Status(Denoise).FailedOn);
    }

    [Fact]
    public void Failed_offload_is_recorded_and_does_not_affect_the_stage()
    {
        var offload = Offload();
        _farm.Farm.FailOffload(offload, FailureKind.Machine, _farm.Now);

        var status = _farm.Status(Denoise);
        Assert.Equal((StageState.Running, 1), (status.State, status.Attempt));
        Assert.Empty(status.FailedOn);
        Assert.Equal(["helper"], status.OffloadFailedOn);
    }

    [Fact]
    public void Offload_that_does_not_become_ready_in_time_is_ended()
    {
        var offload = Offload();
        _farm.Now += TimeSpan.FromMinutes(9);
        Assert.Empty(_farm.Farm.EndOverdueOffload(_farm.Now));
        _farm.Now += TimeSpan.FromMinutes(2);
        Assert.Equal(
            [new FarmEvents.OffloadEnded(offload, "helper", FailureKind.Machine, _farm.Now)], _farm.Farm.EndOverdueOffload(_farm.Now));

        var ready = Offload();
        _farm.Farm.OffloadReady(ready, _farm.Now);
        _farm.Now += TimeSpan.FromHours(1);
        Assert.Empty(_farm.Farm.EndOverdueOffload(_farm.Now));
    }

    [Fact]
    public void Offload_ends_with_the_helpers_allowed_hours_and_is_not_a_failure()
    {
        _farm.WithWorker("office", capabilities: FarmScenario.Capabilities with { Hours = new AllowedHours(0, 60, 0) });
        var offload = Offload("office");
        _farm.Farm.OffloadReady(offload, _farm.Now);
        _farm.Now += TimeSpan.FromMinutes(59);
        Assert.Empty(_farm.Farm.EndOverdueOffload(_farm.Now));
        _farm.Now += TimeSpan.FromMinutes(2);
        Assert.Equal([new FarmEvents.OffloadEnded(offload, "office", Failure: null, _farm.Now)], _farm.Farm.EndOverdueOffload(_farm.Now));
        Assert.Empty(_farm.Status(Denoise).OffloadFailedOn);
    }

    private OffloadAddress Offload(string worker = "helper")
    {
        _farm.Carry(Decision.Nothing with { Offload = [new OffloadAssignment(_attempt, worker, 2)] });
        return _farm.State.Workers[worker].Offload!;
    }
}
