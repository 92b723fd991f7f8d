using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Scheduling;
using MlxVideo.Farm.Views;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Farm.Tests.Decisions;

/// <summary>Batches that their owner pauses, or gives another priority or deadline.</summary>
public sealed class BatchOperationsTests
{
    private static readonly StageAddress Encode = new("b1", 1, "encode-prompt");

    [Fact]
    public void Paused_batch_finishes_its_attempts_and_starts_no_others()
    {
        var farm = new FarmScenario().WithWorker("w1").WithWorker("w2").WithBatch("b1", FarmScenario.Settings());
        farm.Assign(Encode, "w1");
        farm.Farm.Pause("b1", farm.Now);

        Assert.Empty(farm.Schedule());
        Assert.Contains(farm.Complete("w1"), happened => happened is FarmEvents.AttemptSucceeded);
        Assert.Empty(farm.Schedule());

        farm.Farm.ResumeBatch("b1", farm.Now);
        Assert.NotEmpty(farm.Schedule());
    }

    [Fact]
    public void Other_batches_go_on_beside_a_paused_one()
    {
        var farm = new FarmScenario().WithWorker("w1").WithBatch("b1", FarmScenario.Settings(1)).WithBatch("b2", FarmScenario.Settings(2));
        farm.Farm.Pause("b1", farm.Now);
        Assert.Equal("b2", Assert.Single(farm.Schedule()).Stage.Batch);
    }

    [Fact]
    public void Slow_attempt_of_a_paused_batch_gets_no_speculative_one()
    {
        var farm = new FarmScenario().WithWorker("w1").WithBatch("b1", FarmScenario.Settings());
        farm.Assign(Encode, "w1");
        farm.WithWorker("w2");
        farm.Now += TimeSpan.FromHours(1);
        Assert.True(Assert.Single(Decide(farm).Assign).IsSpeculative);

        farm.Farm.Pause("b1", farm.Now);
        Assert.Equal(Decision.Nothing, Decide(farm));
    }

    [Fact]
    public void Clips_of_a_paused_batch_say_so()
    {
        var farm = new FarmScenario().WithWorker("w1").WithBatch("b1", FarmScenario.Settings(1), FarmScenario.Settings(2));
        farm.Assign(Encode, "w1");
        farm.Farm.Pause("b1", farm.Now);

        var view = ViewOf(farm);
        Assert.True(view.Paused);
        Assert.True(Assert.Single(BatchViews.List(farm.State).Batches).Paused);
        Assert.Equal([null, "The batch is paused; 'farm resume' continues it."], view.Clips.Select(clip => clip.WaitingFor));
    }

    [Fact]
    public void Repeated_requests_change_nothing()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings());
        Assert.Empty(farm.Farm.ResumeBatch("b1", farm.Now));
        Assert.Single(farm.Farm.Pause("b1", farm.Now));
        Assert.Empty(farm.Farm.Pause("b1", farm.Now));
        Assert.Single(farm.Farm.ResumeBatch("b1", farm.Now));
        Assert.Empty(farm.Farm.ResumeBatch("b1", farm.Now));
        Assert.Single(farm.Farm.SetPriority("b1", 1, 3, farm.Now));
        Assert.Empty(farm.Farm.SetPriority("b1", null, 3, farm.Now));
        Assert.Single(farm.Farm.SetDeadline("b1", null, farm.Now, farm.Now));
        Assert.Empty(farm.Farm.SetDeadline("b1", 1, farm.Now, farm.Now));
    }

    [Fact]
    public void Row_with_a_raised_priority_goes_first()
    {
        var farm = new FarmScenario().WithWorker("w1").WithBatch("b1", FarmScenario.Settings(1), FarmScenario.Settings(2));
        farm.Farm.SetPriority("b1", 2, 1, farm.Now);
        Assert.Equal(2, Assert.Single(farm.Schedule()).Stage.Row);
        Assert.Equal(
            [new ClipConstraints(), new ClipConstraints(Priority: 1)], ViewOf(farm).Clips.Select(clip => clip.Constraints));
    }

    [Fact]
    public void Begun_row_with_a_lowered_priority_goes_last()
    {
        var farm = new FarmScenario().WithWorker("w1").WithBatch("b1", FarmScenario.Settings(1), FarmScenario.Settings(2));
        farm.Assign(Encode, "w1");
        farm.Complete("w1");
        farm.Assign(Encode with { StageId = "denoise-1" }, "w1");
        farm.Complete("w1");

        farm.Farm.SetPriority("b1", 1, -1, farm.Now);

        Assert.Equal([1], farm.State.Batches["b1"].Started.Select(clip => clip.Row));
        Assert.Equal(2, Assert.Single(farm.Schedule()).Stage.Row);
    }

    [Fact]
    public void Row_with_an_earlier_deadline_goes_first()
    {
        var farm = new FarmScenario().WithWorker("w1").WithBatch("b1", FarmScenario.Settings(1), FarmScenario.Settings(2));
        farm.Farm.SetDeadline("b1", 2, farm.Now.AddHours(1), farm.Now);
        Assert.Equal([2, 1], farm.State.Batches["b1"].Waiting.Select(clip => clip.Row));
        farm.Farm.SetDeadline("b1", null, null, farm.Now);
        Assert.Equal([1, 2], farm.State.Batches["b1"].Waiting.Select(clip => clip.Row));
    }

    [Fact]
    public void Ended_rows_and_batches_are_refused()
    {
        var farm = new FarmScenario().WithBatch("b1", FarmScenario.Settings(1), FarmScenario.Settings(2));
        Assert.Null(BatchDecisions.FindError(farm.State.Batches["b1"], 2));
        Assert.Equal("Batch b1 has no row 3.", BatchDecisions.FindError(farm.State.Batches["b1"], 3));

        farm.Farm.Cancel("b1", farm.Now);

        Assert.Equal("Batch b1 has ended.", BatchDecisions.FindError(farm.State.Batches["b1"]));
        Assert.Empty(farm.Farm.Pause("b1", farm.Now));
        Assert.Empty(farm.Farm.SetPriority("b1", null, 9, farm.Now));
    }

    private static BatchView ViewOf(FarmScenario farm) =>
        BatchViews.Of(farm.Farm.Snapshot, farm.State.Batches["b1"], 1, new SchedulingOptions(), farm.Now);

    /// <summary>Returns what the scheduler would decide, without carrying it out.</summary>
    private static Decision Decide(FarmScenario farm) =>
        new Scheduler().Decide(farm.Farm.Snapshot.OfUsableWorkers().OfActiveBatches(), farm.Now);
}
