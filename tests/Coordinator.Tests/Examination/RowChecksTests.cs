using MlxVideo.Coordinator.Examination;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.Tests.Farm;
using MlxVideo.Farm.Policies;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Diagnostics;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Tests.Examination;

/// <summary>Checks of open rows, on the state of a farm with a worker.</summary>
public sealed class RowChecksTests : FarmActorTestKit
{
    [Fact]
    public void Row_that_no_worker_can_render_fails_with_the_reason()
    {
        Join("w1");
        var batch = NewBatch("t", clips: 4);
        var id = Ask<BatchCreated>(new FarmQueries.Submit(batch with
        {
            Clips = batch.Clips.Select(clip => clip.Row == 2 ? clip : clip with { Constraints = new ClipConstraints { Tag = "big" } })
                .ToList(),
        })).Id;

        var check = Assert.Single(Check());
        Assert.Equal(CheckOutcome.Failed, check.Outcome);
        Assert.Equal($"{id}, rows 1, 3–4: No worker has the tag 'big'", check.Finding);

        Ask<FarmQueries.BatchAnswer>(new FarmQueries.PauseBatch(id));
        Assert.Equal("none are open", Assert.Single(Check()).Finding);
    }

    [Fact]
    public void Row_whose_workers_have_a_problem_is_a_warning()
    {
        var worker = Join("w1");
        Submit(2); // the first row is running
        Assert.Equal(CheckOutcome.Passed, Assert.Single(Check()).Outcome);

        Farm.Tell(new WorkerResident("w1", [], null, 0, "Its disk is full."), worker);
        AwaitAssert(() =>
        {
            var check = Assert.Single(Check());
            Assert.Equal(CheckOutcome.Warning, check.Outcome);
            Assert.EndsWith("row 2: w1 can't run stages (Its disk is full)", check.Finding, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Version_and_clock_of_a_worker_are_known_from_its_hello()
    {
        Farm.Tell(
            new WorkerHello("w1", "e1", "w1", "cpu", "m", Capabilities, "m", [])
            {
                Version = "0.9",
                ClockMs = Clock.GetUtcNow().AddSeconds(-30.2).ToUnixTimeMilliseconds(),
            },
            TestActor);
        ExpectMsg<WorkerWelcome>();
        var worker = Assert.Single(Observe().Workers);
        Assert.Equal(("0.9", -30), (worker.Version, worker.ClockAheadS));
    }

    private FarmQueries.Observation Observe() => Ask<FarmQueries.Observation>(FarmQueries.Observe.Instance);

    private IReadOnlyList<CheckResult> Check()
    {
        var farm = Observe();
        return RowChecks.Of(farm.Farm, new SchedulingOptions(), farm.Now);
    }
}
