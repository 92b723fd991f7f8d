using Akka.Actor;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Tests.Farm;

public sealed class IncumbentWorkersTests : FarmActorTestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public void Second_live_process_with_the_same_id_is_refused_and_the_first_is_named()
    {
        var first = Join("w1");
        Submit(1);
        var assignment = first.ExpectMsg<AssignStage>();

        var clone = CreateTestProbe();
        Farm.Tell(new WorkerHello("w1", "e2", "clone", "cpu", "m", Capabilities, "m", []), clone);
        Assert.Contains("The worker 'w1'", clone.ExpectMsg<WorkerRefused>(Patience).Reason);

        Complete(first, assignment); // its attempt was not affected
        Assert.Equal("w1", Assert.Single(Ask<FarmStatus>(FarmQueries.GetFarm.Instance).Workers).Name);
    }

    [Fact]
    public void Restarted_process_replaces_the_ended_process()
    {
        var first = Join("w1");
        Submit(1);
        var lost = first.ExpectMsg<AssignStage>();
        Watch(first);
        Sys.Stop(first);
        ExpectTerminated(first, Patience); // it would still answer while it stops

        var second = CreateTestProbe();
        second.IgnoreMessages(message => message is PrefetchComponent);
        Farm.Tell(new WorkerHello("w1", "e2", "w1", "cpu", "m", Capabilities, "m", []), second);
        second.ExpectMsg<WorkerWelcome>(Patience);
        Assert.Equal(lost.Attempt with { Number = 2 }, second.ExpectMsg<AssignStage>(Patience).Attempt);
    }

    [Fact]
    public void Unresponsive_process_is_replaced()
    {
        var wake = new TaskCompletionSource();
        var asleep = Sys.ActorOf(Props.Create(() => new Asleep(wake.Task)));
        Farm.Tell(new WorkerHello("w1", "e1", "w1", "cpu", "m", Capabilities, "m", []), asleep);
        var second = CreateTestProbe();
        Farm.Tell(new WorkerHello("w1", "e2", "again", "cpu", "m", Capabilities, "m", []), second);
        second.ExpectMsg<WorkerWelcome>(Patience);
        Assert.Equal("again", Assert.Single(Ask<FarmStatus>(FarmQueries.GetFarm.Instance).Workers).Name);
        wake.SetResult();
    }

    /// <summary>An actor on a sleeping machine: its messages stay queued.</summary>
    private sealed class Asleep : ReceiveActor
    {
        public Asleep(Task wake) => ReceiveAsync<WorkerWelcome>(_ => wake);
    }
}
