using System.Text.Json;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Farm;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Tests.Farm;

public sealed class BatchDeliveryTests : IDisposable
{
    private static readonly byte[] Mp4 = [1, 2, 3, 4];

    private readonly TemporaryFolder _folder = new();
    private readonly FakeCoordinator _coordinator = new();

    [Fact]
    public async Task Clips_are_delivered_as_they_finish_and_replace_older_files()
    {
        var blob = _coordinator.Store(Mp4);
        _folder.Write("clip-1.mp4", "of an earlier run");
        _coordinator.WithViews(
            Views.Running(1, Views.Rendering(1, 0), Views.Clip(2, ClipState.Waiting)),
            Views.Running(2, Views.Finished(1, blob), Views.Rendering(2, 3)),
            Views.Ended(3, Views.Finished(1, blob), Views.Finished(2, blob)));
        Assert.Equal(ExitCodes.Done, await DeliverAsync());
        Assert.Equal(Mp4, File.ReadAllBytes(_folder["clip-1.mp4"]));
        Assert.Equal(Mp4, File.ReadAllBytes(_folder["clip-2.mp4"]));
        Assert.Equal(["clip-1.mp4", "clip-2.mp4", "report.json"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Report_has_the_specified_format()
    {
        _coordinator.WithViews(
            Views.Ended(1, Views.Finished(1, _coordinator.Store(Mp4)), Views.Clip(2, ClipState.Failed, error: "Stage denoise-1 failed.")));
        Assert.Equal(ExitCodes.Failed, await DeliverAsync(new CsvError(4, "width", "50 pixels is outside the range 64 to 4096.", Row: 3)));
        const string expected = """
            {
              "batch": "b1", "elapsed_s": 2.5, "workers": ["worker-1"], "model": "5c1f0e",
              "clips": [
                {
                  "row": 1, "prompt": "prompt 1", "output": "clip-1.mp4", "width": 64, "height": 96, "frames": 9, "fps": 24, "seed": 1, "elapsed_s": 1.25,
                  "framemd5": "0123456789abcdef0123456789abcdef",
                  "stages": [
                    { "stage": "denoise-1", "worker": "worker-1", "elapsed_s": 0.5 },
                    { "stage": "mux", "worker": "coordinator", "elapsed_s": 0.1 }
                  ]
                }
              ],
              "failed": [
                { "row": 2, "error": "Stage denoise-1 failed." },
                { "row": 3, "error": "line 4, column width: 50 pixels is outside the range 64 to 4096." }
              ]
            }
            """;
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, Report()), Report().ToString());
    }

    [Fact]
    public async Task Stage_with_a_result_reused_from_another_clip_has_no_worker()
    {
        var clip = Views.Clip(
            1, ClipState.Finished, _coordinator.Store(Mp4), stages: new StageView("encode-prompt", StageState.Done, null, 0, 0, 0, 0));
        _coordinator.WithViews(Views.Ended(1, clip));
        Assert.Equal(ExitCodes.Done, await DeliverAsync());
        Assert.Equal(JsonValueKind.Null, Report().GetProperty("clips")[0].GetProperty("stages")[0].GetProperty("worker").ValueKind);
    }

    [Fact]
    public async Task Unwritable_clip_fails_without_affecting_other_clips()
    {
        var blob = _coordinator.Store(Mp4);
        Directory.CreateDirectory(_folder["clip-1.mp4"]);
        _coordinator.WithViews(Views.Ended(1, Views.Finished(1, blob), Views.Finished(2, blob)));
        Assert.Equal(ExitCodes.Failed, await DeliverAsync());
        Assert.True(File.Exists(_folder["clip-2.mp4"]));
        var failed = Assert.Single(Report().GetProperty("failed").EnumerateArray());
        Assert.Equal(1, failed.GetProperty("row").GetInt32());
        Assert.Contains(_folder["clip-1.mp4"], failed.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Clip_damaged_in_transit_is_downloaded_again()
    {
        _coordinator.BlobsToDamage = 2;
        _coordinator.WithViews(Views.Ended(1, Views.Finished(1, _coordinator.Store(Mp4))));
        Assert.Equal(ExitCodes.Done, await DeliverAsync());
        Assert.Equal(Mp4, File.ReadAllBytes(_folder["clip-1.mp4"]));
    }

    [Fact]
    public async Task Temporarily_unreachable_coordinator_is_retried()
    {
        var blob = _coordinator.Store(Mp4);
        var running = Views.Running(1, Views.Rendering(1, 0));
        _coordinator.WithViews(running, Views.Ended(2, Views.Finished(1, blob)));
        var notices = new List<string>();
        var views = new BatchFollower(_coordinator.Client, TimeSpan.FromMinutes(1), TimeProvider.System, notices.Add)
            .FollowAsync("b1", CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await views.MoveNextAsync());
        _coordinator.ViewsOutOfReach = 1;
        Assert.True(await views.MoveNextAsync());
        Assert.Equal(BatchState.Ended, views.Current.State);
        Assert.False(await views.MoveNextAsync());
        Assert.Equal(2, notices.Count);
        Assert.Contains("Waiting for the coordinator", notices[0], StringComparison.Ordinal);
        Assert.Contains("reachable again", notices[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Busy_coordinator_is_retried()
    {
        var running = Views.Running(1, Views.Rendering(1, 0));
        _coordinator.WithViews(running, Views.Ended(2, Views.Finished(1, _coordinator.Store(Mp4))));
        var views = new BatchFollower(_coordinator.Client, TimeSpan.FromMinutes(1), TimeProvider.System, _ => { })
            .FollowAsync("b1", CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await views.MoveNextAsync());
        _coordinator.ViewsWhileBusy = 2;
        Assert.True(await views.MoveNextAsync());
        Assert.Equal(BatchState.Ended, views.Current.State);
    }

    [Fact]
    public async Task Coordinator_unreachable_from_the_start_fails_immediately()
    {
        _coordinator.ViewsOutOfReach = 1;
        await Assert.ThrowsAsync<FarmApiException>(() => DeliverAsync());
    }

    [Fact]
    public async Task Interrupted_wait_still_reports_the_delivered_clips()
    {
        using var interrupt = new CancellationTokenSource();
        _folder.Write(BatchReport.FileName, "of an earlier run");
        _coordinator.WithViews(Views.Running(1, Views.Finished(1, _coordinator.Store(Mp4)), Views.Rendering(2, 3)));
        using var watcher = new FileSystemWatcher(_folder.Path, "clip-1.mp4");
        watcher.Renamed += (_, _) => interrupt.Cancel();
        watcher.EnableRaisingEvents = true;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => DeliverAsync(interrupt.Token));
        Assert.Equal(1, Report().GetProperty("clips")[0].GetProperty("row").GetInt32());
        Assert.Equal(2, Report().GetProperty("failed")[0].GetProperty("row").GetInt32());
    }

    public void Dispose()
    {
        _folder.Dispose();
        _coordinator.Dispose();
    }

    private Task<int> DeliverAsync(params CsvError[] errors) =>
        new BatchDelivery(_coordinator.Client, OutputFolder.Open(_folder.Path)).RunAsync("b1", errors, CancellationToken.None);

    private Task<int> DeliverAsync(CancellationToken cancellationToken) =>
        new BatchDelivery(_coordinator.Client, OutputFolder.Open(_folder.Path)).RunAsync("b1", [], cancellationToken);

    private JsonElement Report() => JsonDocument.Parse(File.ReadAllText(_folder[BatchReport.FileName])).RootElement;
}
