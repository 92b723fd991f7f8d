using Akka.Actor;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.Tests.Farm;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Farm.Traces;
using MlxVideo.Farm.Views;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Tests.Tracing;

public sealed class FarmTracingTests : FarmActorTestKit
{
    [Fact]
    public async Task Trace_of_a_batch_records_all_events_in_order()
    {
        var first = Join("w1");
        var id = Submit(1, audio: false);
        var lost = first.ExpectMsg<AssignStage>();
        Farm.Tell(new AttemptFailed(lost.Attempt, FailureKind.Machine, "crashed"), first);
        first.ExpectMsg<ReportAcknowledged>();
        var encode = first.ExpectMsg<AssignStage>();
        Clock.Advance(TimeSpan.FromSeconds(2));
        Farm.Tell(new AttemptProgress(encode.Attempt, 0, 1), first);
        Ask<FarmStatus>(FarmQueries.GetFarm.Instance); // the report was processed
        Clock.Advance(TimeSpan.FromSeconds(3));
        Complete(first, encode);
        Farm.Tell(new WorkerHello("w2", "e1", "mini", "mps", "m", Capabilities, "m", []), CreateTestProbe());
        Farm.Tell(new WorkerGoodbye("w2", "e1"));
        RenderAll(first, stages: 4);
        Ended(id);
        var trace = await ReadAsync(id);

        Assert.Equal((id, 1.0, 1), (trace.Batch.Id, trace.Batch.Weight, Assert.Single(trace.Batch.Clips).Row));
        Assert.Equal(["w1", "w2"], trace.Lines.OfType<TraceLines.WorkerPresent>().Select(worker => worker.Id));
        Assert.Equal("w2", Assert.Single(trace.Lines.OfType<TraceLines.WorkerLeft>()).Worker);
        Assert.Equal(
            [("encode-prompt", 1), ("encode-prompt", 2), ("denoise-1", 1), ("upsample", 1), ("denoise-2", 1),
                ("decode-video-0", 1), ("mux", 1)],
            trace.Lines.OfType<TraceLines.AttemptStarted>().Select(started => (started.Stage, started.Attempt)));
        var ended = trace.Lines.OfType<TraceLines.AttemptEnded>().ToList();
        Assert.Equal((AttemptOutcome.Failed, FailureKind.Machine, null), (ended[0].Outcome, ended[0].Failure, ended[0].Began));
        Assert.Equal(
            (AttemptOutcome.Succeeded, null, ended[1].At.AddSeconds(-3), 5),
            (ended[1].Outcome, ended[1].Failure, ended[1].Began, ended[1].Seconds));
        Assert.True(ended[1].TeraOperations > 0);
        Assert.Equal(("mux", BatchViews.LocalWorker), (ended[^1].StageKind, ended[^1].Worker));
        Assert.Equal([ClipState.Finished], trace.Lines.OfType<TraceLines.ClipEnded>().Select(clip => clip.State));
        Assert.IsType<TraceLines.BatchEnded>(trace.Lines[^1]);
    }

    [Fact]
    public async Task Cancelled_batch_ends_its_trace()
    {
        var worker = Join("w1");
        var id = Submit(2);
        worker.ExpectMsg<AssignStage>();
        Ask<FarmQueries.BatchAnswer>(new FarmQueries.CancelBatch(id));
        var trace = await ReadAsync(id);

        Assert.Equal(AttemptOutcome.Abandoned, Assert.Single(trace.Lines.OfType<TraceLines.AttemptEnded>()).Outcome);
        Assert.Equal(
            [(1, ClipState.Cancelled), (2, ClipState.Cancelled)], trace.Lines.OfType<TraceLines.ClipEnded>()
                .Select(clip => (clip.Row, clip.State)));
        Assert.Single(trace.Lines.OfType<TraceLines.BatchEnded>());
    }

    [Fact]
    public async Task Shared_result_names_its_source_stage()
    {
        var worker = Join("w1");
        var first = Submit(1, prompt: "the same");
        Complete(worker, worker.ExpectMsg<AssignStage>());
        var second = Submit(1, prompt: "the same");
        var trace = await ReadAsync(second);

        var shared = Assert.Single(trace.Lines.OfType<TraceLines.ResultShared>());
        Assert.Equal((1, "encode-prompt", new StageAddress(first, 1, "encode-prompt")), (shared.Row, shared.Stage, shared.From));
    }

    private async Task<BatchTrace> ReadAsync(string batch)
    {
        await Traces.DisposeAsync();
        return BatchTrace.Read(Path.Combine(TraceFolder, $"{batch}.jsonl"));
    }
}
