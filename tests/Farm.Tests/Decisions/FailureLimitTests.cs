using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Tests.Decisions;

public sealed class FailureLimitTests
{
    private readonly FarmScenario _farm = new();

    [Fact]
    public void Failed_row_names_the_errors_of_all_its_attempts()
    {
        _farm.WithBatch("b1", FarmScenario.Settings()).WithWorker("w1").WithWorker("w2").WithWorker("w3");
        foreach (var worker in new[] { "w1", "w2", "w3" })
            _farm.Farm.Fail(Assign(row: 1, worker), FailureKind.Machine, $"broken fan of {worker}", _farm.Now);

        var clip = _farm.Clip("b1", 1);
        Assert.Equal(ClipState.Failed, clip.State);
        Assert.All(new[] { "w1", "w2", "w3" }, worker => Assert.Contains($"broken fan of {worker}", clip.Error));
    }

    [Fact]
    public void Rest_of_a_batch_is_cancelled_when_too_many_rows_failed()
    {
        _farm.WithWorker("w1").WithWorker("w2");
        Submit(rows: 4, maxFailed: 2);
        _farm.Farm.Fail(Assign(row: 1, "w1"), FailureKind.Input, "bad", _farm.Now);
        Assert.Null(_farm.State.Batches["b1"].EndedAt);
        var running = Assign(row: 3, "w2");
        var events = _farm.Farm.Fail(Assign(row: 2, "w1"), FailureKind.Input, "bad", _farm.Now);

        Assert.Contains(events, happened => happened is FarmEvents.AttemptAbandoned abandoned && abandoned.Attempt == running);
        Assert.NotNull(_farm.State.Batches["b1"].EndedAt);
        Assert.Equal(
            [ClipState.Failed, ClipState.Failed, ClipState.Cancelled, ClipState.Cancelled],
            _farm.State.Batches["b1"].Clips.Values.Select(clip => clip.State));
        Assert.Contains("2 rows", _farm.Clip("b1", 4).Error);
    }

    [Fact]
    public void Worker_that_fails_a_stage_kind_three_times_gets_no_more_of_it_while_another_worker_can_run_it()
    {
        _farm.WithWorker("w1").WithWorker("w2");
        Submit(rows: 6, maxFailed: null);
        for (var row = 1; row <= 3; row++)
            _farm.Farm.Fail(Assign(row, "w1"), FailureKind.Machine, "broken", _farm.Now);

        Assert.True(_farm.State.Batches["b1"].IsBlocked("w1", "encode-prompt"));
        Assert.Equal("w2", Assert.Single(_farm.Schedule()).Worker);
    }

    [Fact]
    public void Only_worker_of_a_farm_goes_on_in_spite_of_its_failures()
    {
        _farm.WithWorker("w1");
        Submit(rows: 4, maxFailed: null);
        for (var row = 1; row <= 3; row++)
            _farm.Farm.Fail(Assign(row, "w1"), FailureKind.Machine, "broken", _farm.Now);

        Assert.Equal("w1", Assert.Single(_farm.Schedule()).Worker);
    }

    [Fact]
    public void Restarted_worker_starts_without_failures()
    {
        _farm.WithWorker("w1").WithWorker("w2");
        Submit(rows: 4, maxFailed: null);
        for (var row = 1; row <= 3; row++)
            _farm.Farm.Fail(Assign(row, "w1"), FailureKind.Machine, "broken", _farm.Now);
        _farm.WithWorker("w1", epoch: "e2");

        Assert.False(_farm.State.Batches["b1"].IsBlocked("w1", "encode-prompt"));
    }

    [Fact]
    public void Attempt_that_is_resumed_was_no_failure()
    {
        _farm.WithWorker("w1");
        Submit(rows: 1, maxFailed: null);
        var attempt = Assign(row: 1, "w1");
        _farm.Farm.Remove("w1", FailureKind.Machine, "silent", _farm.Now);
        Assert.NotEmpty(_farm.State.Batches["b1"].Failures);
        _farm.Farm.Register(
            new RegisterWorker("w1", "e1", "w1", "cpu", "m", FarmScenario.Capabilities, "model m", [attempt]), _farm.Now);

        Assert.Empty(_farm.State.Batches["b1"].Failures);
    }

    private void Submit(int rows, int? maxFailed) => _farm.Farm.Submit(
        "b1",
        new BatchRequest(
            "token",
            Enumerable.Range(1, rows).Select(row => new ClipRequest(row, $"{row}.mp4", new ClipConstraints(), FarmScenario.Settings(row)))
                .ToList(),
            MaxFailed: maxFailed),
        _farm.Now);

    private AttemptAddress Assign(int row, string worker) => _farm.Assign(new StageAddress("b1", row, "encode-prompt"), worker);
}
