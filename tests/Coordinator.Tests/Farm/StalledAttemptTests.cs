using MlxVideo.Farm.Policies;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Tests.Farm;

/// <summary>A worker that sends heartbeats but completes no step.</summary>
public sealed class StalledAttemptTests : FarmActorTestKit
{
    private static readonly TimeSpan Tick = new FarmOptions().TickInterval;

    [Fact]
    public void Attempt_without_a_step_is_stopped_and_given_to_another_worker()
    {
        var (stuck, other) = (Join("w1"), Join("w2"));
        Submit(1);
        var assignment = stuck.ExpectMsg<AssignStage>();
        Policy.IsFree = false; // no speculative attempt
        Stay(stuck, assignment, new FarmOptions().StallMinimum);
        Assert.False(stuck.HasMessages);

        Stay(stuck, assignment, TimeSpan.FromMinutes(30), until: () => stuck.HasMessages);

        Assert.Equal(assignment.Attempt, stuck.ExpectMsg<CancelAttempt>().Attempt);
        Policy.IsFree = true;
        Advance(Tick);
        Assert.Equal(assignment.Attempt with { Number = 2 }, other.ExpectMsg<AssignStage>().Attempt);
    }

    [Fact]
    public void Sleep_of_the_coordinator_is_not_a_stall()
    {
        var worker = Join("w1");
        Submit(1);
        var assignment = worker.ExpectMsg<AssignStage>();
        for (var pauses = 0; pauses < 5; pauses++)
        {
            Clock.Advance(TimeSpan.FromHours(1)); // no timer fires meanwhile
            Farm.Tell(new AttemptProgress(assignment.Attempt, 1, 8), worker);
            Advance(Tick);
        }

        worker.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    /// <summary>Sends heartbeats with the same step.</summary>
    private void Stay(Akka.TestKit.TestProbe worker, AssignStage assignment, TimeSpan time, Func<bool>? until = null)
    {
        for (var elapsed = TimeSpan.Zero; elapsed < time && until?.Invoke() != true; elapsed += Tick)
        {
            Farm.Tell(new AttemptProgress(assignment.Attempt, 1, 8), worker);
            Ask<MlxVideo.Shared.Api.FarmStatus>(MlxVideo.Coordinator.Farm.FarmQueries.GetFarm.Instance); // the report was processed
            Advance(Tick);
        }
    }
}
