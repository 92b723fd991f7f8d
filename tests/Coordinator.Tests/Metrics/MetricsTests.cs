using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.Tests.Farm;
using MlxVideo.Coordinator.Tests.Http;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;
using OpenTelemetry.Exporter;

namespace MlxVideo.Coordinator.Tests.Metrics;

/// <summary>The metrics of a farm, scraped over HTTP from the API.</summary>
[Collection(nameof(MetricsCollection))]
public sealed class MetricsTests() : FarmActorTestKit(new TestMeters("")), IAsyncLifetime
{
    private const long Quota = 1L << 30;

    private ApiUnderTest _api = null!;

    public async Task InitializeAsync() => _api = await ApiUnderTest.StartAsync(options: new ApiUnderTestOptions(
        () => Farm,
        services => services.AddSingleton(Metrics)
            .Configure<PrometheusAspNetCoreOptions>(prometheus => prometheus.ScrapeResponseCacheDurationMilliseconds = 0),
        BlobQuota: Quota));

    public async Task DisposeAsync() => await _api.DisposeAsync();

    [Fact]
    public async Task Attempts_retries_and_clips_are_counted()
    {
        var worker = Join("w1");
        var id = Submit(1, audio: false);
        var failing = worker.ExpectMsg<AssignStage>();
        Farm.Tell(new AttemptFailed(failing.Attempt, FailureKind.Machine, "crashed"), worker);
        worker.ExpectMsg<ReportAcknowledged>();
        var encode = worker.ExpectMsg<AssignStage>();
        Clock.Advance(TimeSpan.FromSeconds(3));
        Complete(worker, encode);
        RenderAll(worker, stages: 4);
        Ended(id);
        var other = Submit(2);
        worker.ExpectMsg<AssignStage>();
        Ask<FarmQueries.BatchAnswer>(new FarmQueries.CancelBatch(other));

        var page = await ScrapeAsync();

        const string attempts = "mlxvideo_attempts_total";
        Assert.Equal(1, page.Single(attempts, ("stage_kind", "encode-prompt"), ("outcome", "failed"), ("error_type", "machine")));
        Assert.Equal(1, page.Single(attempts, ("stage_kind", "encode-prompt"), ("outcome", "succeeded")));
        Assert.Equal(2, page.Single(attempts, ("stage_kind", "denoise"), ("outcome", "succeeded")));
        Assert.Equal(1, page.Single(attempts, ("stage_kind", "mux"), ("outcome", "succeeded")));
        Assert.Equal(1, page.Single(attempts, ("outcome", "abandoned")));
        Assert.Equal(1, page.Single("mlxvideo_retries_total", ("stage_kind", "encode-prompt")));
        Assert.Equal(1, page.Single("mlxvideo_clips_ended_total", ("state", "finished")));
        Assert.Equal(2, page.Single("mlxvideo_clips_ended_total", ("state", "cancelled")));
        Assert.Equal(3, page.Single("mlxvideo_stage_duration_seconds_sum", ("stage_kind", "encode-prompt"), ("worker", "w1")));
        Assert.Equal(1, page.Single("mlxvideo_stage_duration_seconds_count", ("stage_kind", "encode-prompt"), ("worker", "w1")));
        Assert.Equal(1, page.Single("mlxvideo_stage_duration_seconds_bucket", ("stage_kind", "encode-prompt"), ("le", "5")));
        Assert.Equal(0, page.Single("mlxvideo_stage_duration_seconds_bucket", ("stage_kind", "encode-prompt"), ("le", "2.5")));
        Assert.Equal("histogram", page.TypeOf("mlxvideo_stage_duration_seconds"));
        Assert.Equal(["coordinator", "w1"], page.ValuesOf("mlxvideo_stage_duration_seconds_sum", "worker"));
    }

    [Fact]
    public async Task Gauges_show_the_state_also_right_after_a_restart()
    {
        var worker = Join("w1");
        Join("w2");
        Submit(5, audio: false);
        Complete(worker, worker.ExpectMsg<AssignStage>());
        var running = worker.ExpectMsg<AssignStage>();
        Ask<FarmStatus>(FarmQueries.GetFarm.Instance); // what the last message changed has been published
        Clock.Advance(TimeSpan.FromSeconds(30));
        var before = await ScrapeAsync();
        Assert.Equal(1, before.Single("mlxvideo_batches_open"));
        Assert.Equal(5, before.Sum("mlxvideo_clips"));
        Assert.Equal(30, before.Sum("mlxvideo_stages"));
        Assert.Equal(1, before.Single("mlxvideo_stages", ("stage_kind", "encode-prompt"), ("state", "done")));
        Assert.Equal(2, before.Sum("mlxvideo_stages", ("state", "running")));
        Assert.Equal(5, before.Single("mlxvideo_stages", ("stage_kind", "mux"), ("state", "blocked")));
        Assert.Equal(2, before.Single("mlxvideo_workers", ("state", "busy")));
        Assert.Equal(30, before.Single("mlxvideo_queue_age_seconds"));
        Assert.Equal("gauge", before.TypeOf("mlxvideo_stages"));

        Restart();
        Ask<FarmStatus>(FarmQueries.GetFarm.Instance); // it has recovered
        var after = await ScrapeAsync();

        Assert.Equal(5, after.Sum("mlxvideo_clips"));
        foreach (var state in before.ValuesOf("mlxvideo_stages", "state"))
            Assert.Equal(before.Sum("mlxvideo_stages", ("state", state)), after.Sum("mlxvideo_stages", ("state", state)));
        Assert.Equal(2, after.Single("mlxvideo_workers", ("state", "blocked"))); // they have not returned
        Assert.Equal(30, after.Single("mlxvideo_queue_age_seconds"));
        Assert.InRange(
            after.Single("mlxvideo_journal_events_total"), before.Single("mlxvideo_journal_events_total"), double.PositiveInfinity);
        Return(worker, "w1", running.Attempt);
        Farm.Tell(new WorkerResident("w1", [], null, 0, null), worker);
        Ask<FarmStatus>(FarmQueries.GetFarm.Instance);
        Assert.Equal(1, (await ScrapeAsync()).Single("mlxvideo_workers", ("state", "blocked")));
    }

    [Fact]
    public async Task Learned_speeds_appear_with_the_next_tick()
    {
        var worker = Join("w1");
        Submit(1);
        var assigned = worker.ExpectMsg<AssignStage>();
        Farm.Tell(new AttemptProgress(assigned.Attempt, 0, 10), worker);
        Ask<FarmStatus>(FarmQueries.GetFarm.Instance);
        Clock.Advance(TimeSpan.FromSeconds(1));
        Farm.Tell(new AttemptProgress(assigned.Attempt, 5, 10), worker);
        Farm.Tell(new WorkerLink("w1", 1e6), worker);
        Advance(TimeSpan.FromSeconds(1));
        Ask<FarmStatus>(FarmQueries.GetFarm.Instance);

        var page = await ScrapeAsync();
        Assert.True(page.Single("mlxvideo_worker_speed_per_second", ("worker", "w1"), ("stage_kind", "encode-prompt")) > 0);
        Assert.InRange(page.Single("mlxvideo_worker_relative_speed", ("worker", "w1"), ("worker_id", "w1")), 0.9, 1.1);
        Assert.InRange(page.Single("mlxvideo_worker_link_speed_bytes_per_second", ("worker", "w1")), 1e6, 1e8 - 1);
    }

    [Fact]
    public async Task Transferred_and_stored_bytes_are_counted()
    {
        var content = RandomNumberGenerator.GetBytes(300_000);
        var path = await UploadAsync(content);
        using var range = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Range = new(100, 199) } };
        using (var part = await _api.Client.SendAsync(range))
            Assert.Equal(content[100..200], await part.Content.ReadAsByteArrayAsync());
        Assert.Equal(content, await _api.Client.GetByteArrayAsync(path));

        var page = await ScrapeAsync();
        Assert.Equal(300_000, page.Single("mlxvideo_blob_io_bytes_total", ("direction", "receive")));
        Assert.Equal(300_100, page.Single("mlxvideo_blob_io_bytes_total", ("direction", "transmit")));
        Assert.Equal(300_000, page.Single("mlxvideo_blob_store_size_bytes"));
        Assert.Equal(Quota, page.Single("mlxvideo_blob_store_quota_bytes"));
        Assert.True(page.Single("mlxvideo_blob_store_free_bytes") > 0);
    }

    [Fact]
    public async Task Dashboard_uses_only_exported_metrics()
    {
        var worker = Join("w1");
        Submit(1);
        var failing = worker.ExpectMsg<AssignStage>();
        Farm.Tell(new AttemptProgress(failing.Attempt, 0, 10), worker);
        Ask<FarmStatus>(FarmQueries.GetFarm.Instance);
        Clock.Advance(TimeSpan.FromSeconds(1));
        Farm.Tell(new AttemptProgress(failing.Attempt, 5, 10), worker);
        Farm.Tell(new AttemptFailed(failing.Attempt, FailureKind.Machine, "crashed"), worker);
        worker.ExpectMsg<ReportAcknowledged>();
        Complete(worker, worker.ExpectMsg<AssignStage>());
        RenderAll(worker, stages: 5);
        await UploadAsync([1]);
        AwaitAssert(() => Assert.Contains("mlxvideo_clips_ended_total", ScrapeAsync().GetAwaiter().GetResult().Names));

        var exported = await ScrapeAsync();
        Assert.NotEmpty(GrafanaDashboard.Metrics());
        Assert.Empty(GrafanaDashboard.Metrics().Except(exported.Names));
        // Every metric of the farm is shown or described.
        var documented = GrafanaDashboard.Documented();
        Assert.Equal(
            exported.Names.Where(name => name.StartsWith("mlxvideo_", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            documented.Order(StringComparer.Ordinal));
    }

    private async Task<Uri> UploadAsync(byte[] content)
    {
        var path = new Uri($"/blobs/{Convert.ToHexStringLower(SHA256.HashData(content))}", UriKind.Relative);
        using var body = new ByteArrayContent(content);
        using var response = await _api.Client.PutAsync(path, body);
        response.EnsureSuccessStatusCode();
        return path;
    }

    private Task<PrometheusText> ScrapeAsync() => PrometheusText.GetAsync(_api.Client, new Uri("/metrics", UriKind.Relative));
}
