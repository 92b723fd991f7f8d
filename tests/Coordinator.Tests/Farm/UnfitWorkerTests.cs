using Akka.TestKit;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Farm.Traces;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Tests.Farm;

/// <summary>A worker whose device failed the self-test.</summary>
public sealed class UnfitWorkerTests : FarmActorTestKit
{
    private const string Reason = "The device 'mps' computes 'rms-norm' incorrectly.";

    [Fact]
    public void Unfit_worker_joins_and_gets_no_stage()
    {
        var unfit = JoinUnfit("w0");
        var id = Submit(1);
        Assert.Equal(
            "No worker is in the farm (not counting w0, which failed the self-test; see 'farm status').",
            Assert.Single(View(id).Clips).WaitingFor);

        var fit = Join("w1");
        RenderAll(fit, stages: 6);

        Assert.Equal(["w1"], Ended(id).Workers);
        Assert.Equal(
            [("w0", Reason), ("w1", null)],
            Ask<FarmStatus>(FarmQueries.GetFarm.Instance).Workers.Select(worker => (worker.Name, worker.Problem)));
        unfit.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public async Task Unfit_worker_is_not_part_of_the_trace()
    {
        var unfit = JoinUnfit("w0");
        var fit = Join("w1");
        var id = Submit(1);
        JoinUnfit("w2");
        Farm.Tell(new WorkerGoodbye("w0", "e1"), unfit);
        RenderAll(fit, stages: 6);
        Ended(id);

        await Traces.DisposeAsync();
        var trace = BatchTrace.Read(Path.Combine(TraceFolder, $"{id}.jsonl"));
        Assert.Equal(["w1"], trace.Lines.OfType<TraceLines.WorkerPresent>().Select(worker => worker.Id));
        Assert.Empty(trace.Lines.OfType<TraceLines.WorkerLeft>());
    }

    private TestProbe JoinUnfit(string id)
    {
        var probe = CreateTestProbe();
        Farm.Tell(new WorkerHello(id, "e1", id, "mps", "m", Capabilities with { Unfit = Reason }, "m", []), probe);
        probe.ExpectMsg<WorkerWelcome>();
        return probe;
    }
}
