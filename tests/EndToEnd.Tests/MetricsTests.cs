using System.Text;
using MlxVideo.Cli.Tests;
using MlxVideo.Coordinator.Tests.Metrics;
using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Farm.Traces;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>What a real farm reports to Prometheus and to an OpenTelemetry collector, compared with its own records.</summary>
public sealed class MetricsTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>
{
    private const int Clips = 3;

    [Fact]
    public async Task Metrics_of_a_rendered_batch_agree_with_its_trace()
    {
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 2);
        using var client = new HttpClient { BaseAddress = farm.Api };
        Assert.Equal("""{"status":"ok"}""", await client.GetStringAsync(new Uri("/healthz/ready", UriKind.Relative)));
        var batch = await farm.SubmitAsync([.. Enumerable.Range(1, Clips).Select(seed => Sample.Short(seed))]);
        var view = await farm.UntilFinishedAsync(batch);
        var clip = view.Clips[0].Clip!;
        Assert.Equal(clip.Length, (await client.GetByteArrayAsync(new Uri($"/blobs/{clip.Digest}", UriKind.Relative))).LongLength);

        var page = await PrometheusText.GetAsync(client, new Uri("/metrics", UriKind.Relative));
        var ended = (await farm.EndWithTraceAsync(batch)).Lines.OfType<TraceLines.AttemptEnded>().ToList();

        Assert.True(ended.Count >= Clips * view.Clips[0].Stages.Count - Clips, "Too few attempts were traced."); // prompts are shared
        Assert.Equal(ended.Count, page.Sum("mlxvideo_attempts_total"));
        foreach (var group in ended.GroupBy(attempt => (Kind: attempt.StageKind, Outcome: $"{attempt.Outcome}".ToLowerInvariant())))
        {
            Assert.Equal(
                group.Count(),
                page.Sum("mlxvideo_attempts_total", ("stage_kind", group.Key.Kind), ("outcome", group.Key.Outcome)));
        }

        foreach (var group in ended.Where(attempt => attempt.Outcome == AttemptOutcome.Succeeded).GroupBy(attempt => attempt.StageKind))
        {
            Assert.Equal(group.Count(), page.Sum("mlxvideo_stage_duration_seconds_count", ("stage_kind", group.Key)));
            Assert.Equal(
                group.Sum(attempt => attempt.Seconds), page.Sum("mlxvideo_stage_duration_seconds_sum", ("stage_kind", group.Key)),
                tolerance: 0.001 * group.Count());
        }

        Assert.Equal(Clips, page.Single("mlxvideo_clips_ended_total", ("state", "finished")));
        Assert.Equal(0, page.Single("mlxvideo_batches_open"));
        Assert.Equal(0, page.Sum("mlxvideo_stages"));
        Assert.Equal(2, page.Sum("mlxvideo_workers"));
        Assert.Subset(
            new HashSet<string> { "coordinator", "worker-1", "worker-2" },
            page.ValuesOf("mlxvideo_stage_duration_seconds_sum", "worker").ToHashSet());
        Assert.True(page.Single("mlxvideo_blob_io_bytes_total", ("direction", "transmit")) >= clip.Length);
        Assert.True(page.Single("mlxvideo_blob_io_bytes_total", ("direction", "receive")) > 0);
        Assert.True(page.Single("mlxvideo_blob_store_size_bytes") >= view.Clips.Sum(each => each.Clip!.Length));
    }

    [Fact]
    public async Task Spans_reach_the_collector_of_the_standard_variable()
    {
        using var collector = OtlpCollector.Start();
        await using var farm = await FarmUnderTest.StartWithoutWorkersAsync();
        await Signals.TerminateAsync(farm.CoordinatorProcess);
        await farm.StartCoordinatorAgainAsync(new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address.ToString(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        });
        await farm.AddWorkerAsync("worker-1", "--model", model.Folder);
        var batch = await farm.SubmitAsync(Sample.Short(1));
        await farm.UntilFinishedAsync(batch);
        var ended = (await farm.EndWithTraceAsync(batch)).Lines.OfType<TraceLines.AttemptEnded>().ToList(); // stopping sends the rest

        var sent = Encoding.Latin1.GetString(collector.Received("/v1/traces"));
        Assert.All(ended, attempt => Assert.Contains(attempt.Stage, sent, StringComparison.Ordinal));
        foreach (var text in new[] { "mlx-video-coordinator", batch, "worker-1", "mlxvideo.outcome", "succeeded" })
            Assert.Contains(text, sent, StringComparison.Ordinal);
        Assert.DoesNotContain(Sample.Short(1).Prompt, sent, StringComparison.Ordinal);
    }
}
