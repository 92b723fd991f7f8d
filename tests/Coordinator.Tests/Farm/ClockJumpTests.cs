using MlxVideo.Coordinator.Farm;
using MlxVideo.Farm.Policies;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Tests.Farm;

/// <summary>Adjustments of the coordinator's wall clock during a batch.</summary>
public sealed class ClockJumpTests : FarmActorTestKit
{
    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Durations_are_not_affected_by_a_clock_jump(int days)
    {
        var worker = Join("w1");
        var id = Submit(1, audio: false);
        for (var stage = 0; stage < 5; stage++)
        {
            var assignment = worker.ExpectMsg<AssignStage>();
            Advance(TimeSpan.FromSeconds(1));
            Clock.Jump(TimeSpan.FromDays(stage % 2 == 0 ? days : -days));
            Advance(TimeSpan.FromSeconds(1));
            Complete(worker, assignment);
        }

        var view = Ended(id);
        Assert.Equal(10, view.ElapsedS, 3);
        Assert.Equal(10, view.Clips[0].ElapsedS, 3);
        Assert.Equal(2, view.Clips[0].Stages.Single(stage => stage.Stage == "denoise-1").ElapsedS, 3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Leases_are_neither_shortened_nor_extended_by_a_clock_jump(int days)
    {
        var silent = Join("w1");
        Submit(1);
        silent.ExpectMsg<AssignStage>();
        var other = Join("w2");
        Clock.Jump(TimeSpan.FromDays(days));
        Advance(TimeSpan.FromSeconds(2));
        other.ExpectNoMsg(TimeSpan.FromMilliseconds(50));

        Advance(new FarmOptions().Lease);
        Assert.Equal(2, other.ExpectMsg<AssignStage>().Attempt.Number);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Remaining_time_estimate_is_not_affected_by_a_clock_jump(int days)
    {
        var worker = Join("w1");
        var id = Submit(2, audio: false);
        Complete(worker, worker.ExpectMsg<AssignStage>());
        Complete(worker, worker.ExpectMsg<AssignStage>());
        var attempt = worker.ExpectMsg<AssignStage>().Attempt;
        for (var step = 0; step <= 4; step++)
        {
            Farm.Tell(new AttemptProgress(attempt, step, 8), worker);
            Advance(TimeSpan.FromSeconds(1));
        }

        var before = View(id).Clips[1].Remaining!.ExpectedS;
        Clock.Jump(TimeSpan.FromDays(days));
        Farm.Tell(new AttemptProgress(attempt, 5, 8), worker);
        Assert.InRange(View(id).Clips[1].Remaining!.ExpectedS, before * 0.5, before * 1.5);
    }
}
