using System.Diagnostics;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.Tests.Farm;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Tests.Metrics;

/// <summary>The spans of attempts, as an OpenTelemetry SDK receives them.</summary>
[Collection(nameof(MetricsCollection))]
public sealed class AttemptSpansTests : FarmActorTestKit
{
    private readonly List<Activity> _spans = [];
    private readonly ActivityListener _listener;

    public AttemptSpansTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "MlxVideo.Coordinator",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                lock (_spans)
                    _spans.Add(span);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    [Fact]
    public void Each_attempt_is_a_span_in_the_span_of_its_batch()
    {
        var worker = Join("w1");
        var start = Clock.GetUtcNow();
        var id = Submit(1, audio: false);
        var failing = worker.ExpectMsg<AssignStage>();
        Clock.Advance(TimeSpan.FromSeconds(2));
        Farm.Tell(new AttemptFailed(failing.Attempt, FailureKind.OutOfMemory, "too large"), worker);
        worker.ExpectMsg<ReportAcknowledged>();
        var encode = worker.ExpectMsg<AssignStage>();
        Clock.Advance(TimeSpan.FromSeconds(3));
        Complete(worker, encode);
        RenderAll(worker, stages: 4);
        Ended(id);

        var spans = Stopped();
        var batch = Assert.Single(spans, span => span.OperationName == "batch");
        Assert.Equal(
            (id, start.UtcDateTime, TimeSpan.FromSeconds(5)), (batch.GetTagItem("mlxvideo.batch"), batch.StartTimeUtc, batch.Duration));
        var stages = spans.Where(span => span != batch).ToList();
        Assert.All(stages, span => Assert.Equal((batch.TraceId, batch.SpanId), (span.TraceId, span.ParentSpanId)));
        Assert.Equal(
            ["encode-prompt", "encode-prompt", "denoise-1", "upsample", "denoise-2", "decode-video-0", "mux"],
            stages.Select(span => span.GetTagItem("mlxvideo.stage")));
        Assert.Equal(("failed", "out_of_memory"), (stages[0].GetTagItem("mlxvideo.outcome"), stages[0].GetTagItem("error.type")));
        Assert.Equal((ActivityStatusCode.Error, TimeSpan.FromSeconds(2)), (stages[0].Status, stages[0].Duration));
        Assert.Equal(
            (id, 1, 2, "w1", "succeeded"),
            (stages[1].GetTagItem("mlxvideo.batch"), stages[1].GetTagItem("mlxvideo.row"), stages[1].GetTagItem("mlxvideo.attempt"),
                stages[1].GetTagItem("mlxvideo.worker"), stages[1].GetTagItem("mlxvideo.outcome")));
        Assert.Equal((start.UtcDateTime.AddSeconds(2), TimeSpan.FromSeconds(3)), (stages[1].StartTimeUtc, stages[1].Duration));
        var values = spans.SelectMany(span => span.TagObjects).Select(tag => $"{tag.Value}");
        Assert.DoesNotContain(values, value => value.Contains("clip 1", StringComparison.Ordinal)); // the prompt
    }

    [Fact]
    public void Restarted_farm_begins_a_new_span_for_an_open_batch_and_the_whole_attempt_is_in_it()
    {
        var worker = Join("w1");
        var start = Clock.GetUtcNow();
        var id = Submit(1, audio: false);
        var encode = worker.ExpectMsg<AssignStage>();
        Clock.Advance(TimeSpan.FromSeconds(2));

        Restart();
        Return(worker, "w1", encode.Attempt);
        Clock.Advance(TimeSpan.FromSeconds(2));
        Complete(worker, encode);
        View(id); // the farm acknowledges a report before it ends the span

        var first = Assert.Single(Stopped(), span => span.OperationName == "batch"); // ended with the actor
        var stage = Assert.Single(Stopped(), span => span.OperationName != "batch");
        Assert.NotEqual(first.TraceId, stage.TraceId);
        Assert.Equal((start.UtcDateTime, TimeSpan.FromSeconds(4)), (stage.StartTimeUtc, stage.Duration));
    }

    protected override void AfterAll()
    {
        _listener.Dispose();
        base.AfterAll();
    }

    private List<Activity> Stopped()
    {
        lock (_spans)
            return [.. _spans];
    }
}
