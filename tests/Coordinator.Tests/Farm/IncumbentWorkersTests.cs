using MlxVideo.Coordinator.Farm;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Tests.Farm;

public sealed class IncumbentWorkersTests : FarmActorTestKit
{
    [Fact]
    public void Second_living_process_with_the_same_id_is_refused_and_told_of_the_first()
    {
        var first = Join("w1");
        Submit(1);
        var assignment = first.ExpectMsg<AssignTask>();

        var clone = CreateTestProbe();
        Farm.Tell(new WorkerHello("w1", "e2", "clone", "cpu", "m", Capabilities, "m", []), clone);
        Assert.Contains("The worker 'w1'", clone.ExpectMsg<WorkerRefused>().Reason);

        Complete(first, assignment); // its work was not touched
        Assert.Equal("w1", Assert.Single(Ask<FarmStatus>(FarmQueries.GetFarm.Instance).Workers).Name);
    }

    [Fact]
    public void Process_that_was_started_again_replaces_the_one_that_ended()
    {
        var first = Join("w1");
        Submit(1);
        var lost = first.ExpectMsg<AssignTask>();
        Sys.Stop(first);

        var second = CreateTestProbe();
        second.IgnoreMessages(message => message is PrefetchPart);
        Farm.Tell(new WorkerHello("w1", "e2", "w1", "cpu", "m", Capabilities, "m", []), second);
        second.ExpectMsg<WorkerWelcome>();
        Assert.Equal(lost.Attempt with { Number = 2 }, second.ExpectMsg<AssignTask>().Attempt);
    }

    [Fact]
    public void Process_that_does_not_answer_is_replaced()
    {
        // Nobody is at this address: the farm has not noticed yet that the machine is gone.
        var silent = Sys.ActorOf(Akka.Actor.Props.Create(() => new Deaf()));
        Farm.Tell(new WorkerHello("w1", "e1", "w1", "cpu", "m", Capabilities, "m", []), silent);
        var second = CreateTestProbe();
        Farm.Tell(new WorkerHello("w1", "e2", "again", "cpu", "m", Capabilities, "m", []), second);
        second.ExpectMsg<WorkerWelcome>();
        Assert.Equal("again", Assert.Single(Ask<FarmStatus>(FarmQueries.GetFarm.Instance).Workers).Name);
        Deaf.Wake.Set();
    }

    /// <summary>An actor that is at one message for as long as the test takes.</summary>
    private sealed class Deaf : Akka.Actor.ReceiveActor
    {
        public static readonly ManualResetEventSlim Wake = new();

        public Deaf() => Receive<WorkerWelcome>(_ => Wake.Wait(TimeSpan.FromSeconds(30)));
    }
}
