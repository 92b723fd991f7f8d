using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using MlxVideo.Hub.Api;
using MlxVideo.Hub.Downloads;
using MlxVideo.Hub.Repositories;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Hub.Tests.Downloads;

public sealed class DownloaderTests
{
    private const int Large = 3_000_000;

    [Fact]
    public async Task Files_arrive_in_the_layout_of_the_shared_cache()
    {
        await using var hub = await FakeHub.StartAsync(("model.safetensors", Large), ("text_encoder/config.json", 20), ("empty.json", 0));
        var snapshot = await hub.DownloadAsync();
        var repository = Path.Combine(hub.Cache.Folder, "models--org--model");
        Assert.Equal(Path.Combine(repository, "snapshots", FakeHub.Commit), snapshot);
        Assert.Equal(FakeHub.Commit, File.ReadAllText(Path.Combine(repository, "refs", "main")));
        Assert.Equal(snapshot, hub.Cache.FindSnapshot(RepositoryReference.Parse("org/model")));
        foreach (var (path, content) in hub.Files)
            Assert.Equal(content, File.ReadAllBytes(Path.Combine(snapshot, path)));
        Assert.Equal(
            Path.Combine("..", "..", "blobs", FakeHub.Sha256(hub.Files["model.safetensors"])),
            new FileInfo(Path.Combine(snapshot, "model.safetensors")).LinkTarget);
        Assert.StartsWith(
            Path.Combine("..", "..", "..", "blobs"), new FileInfo(Path.Combine(snapshot, "text_encoder", "config.json")).LinkTarget);
        Assert.DoesNotContain(Directory.EnumerateFiles(Path.Combine(repository, "blobs")), path => path.EndsWith(".incomplete"));
    }

    [Fact]
    public async Task Second_download_transfers_nothing()
    {
        await using var hub = await FakeHub.StartAsync(("model.safetensors", Large), ("config.json", 20));
        await hub.DownloadAsync();
        var plan = await FakeHub.PlanAsync(hub.NewDownloader());
        Assert.Equal((Large + 20, 0), (plan.TotalBytes, plan.MissingBytes));
        hub.Requests.Clear();
        await hub.DownloadAsync();
        Assert.DoesNotContain(hub.Requests, request => request.Path.Contains("/resolve/") || request.Path.Contains("/content/"));
    }

    [Fact]
    public async Task Dropped_connection_continues_where_it_broke()
    {
        await using var hub = await FakeHub.StartAsync(("model.safetensors", Large));
        hub.FaultFirstTransfer(async (context, content) =>
        {
            await SendHalfAsync(context, content);
            context.Abort();
        });
        await AssertDownloadedAsync(hub);
        var ranges = hub.Transfers.Select(request => request.Range).ToList();
        Assert.Null(ranges[0]);
        Assert.Matches(@"^bytes=[1-9]\d*-$", ranges[1]);
    }

    [Fact]
    public async Task Connection_without_data_continues_after_the_stall_time()
    {
        await using var hub = await FakeHub.StartAsync(("model.safetensors", Large));
        hub.Settings = hub.Settings with { StallTime = TimeSpan.FromMilliseconds(300) };
        hub.FaultFirstTransfer(async (context, content) =>
        {
            await SendHalfAsync(context, content);
            var gone = new TaskCompletionSource();
            using var registration = context.RequestAborted.Register(gone.SetResult);
            await gone.Task;
        });
        await AssertDownloadedAsync(hub);
    }

    [Fact]
    public async Task Partial_file_of_a_killed_process_is_continued()
    {
        await using var hub = await FakeHub.StartAsync(("model.safetensors", Large));
        var plan = await FakeHub.PlanAsync(hub.NewDownloader());
        WritePartial(hub, plan, hub.Files["model.safetensors"][..1_000_000]);
        Assert.Equal(Large - 1_000_000, (await FakeHub.PlanAsync(hub.NewDownloader())).MissingBytes);
        await AssertDownloadedAsync(hub);
        Assert.Equal("bytes=1000000-", hub.Transfers.Single().Range);
    }

    [Fact]
    public async Task Damaged_partial_file_is_downloaded_again()
    {
        await using var hub = await FakeHub.StartAsync(("model.safetensors", Large));
        WritePartial(hub, await FakeHub.PlanAsync(hub.NewDownloader()), new byte[1_000_000]);
        await AssertDownloadedAsync(hub);
        Assert.Equal(["bytes=1000000-", null], hub.Transfers.Select(request => request.Range));
    }

    [Fact]
    public async Task Server_that_can_not_continue_downloads_starts_again()
    {
        await using var hub = await FakeHub.StartAsync(("model.safetensors", Large));
        WritePartial(hub, await FakeHub.PlanAsync(hub.NewDownloader()), hub.Files["model.safetensors"][..1_000_000]);
        hub.Fault = async context =>
        {
            if (FakeHub.IsTransfer(context))
                await context.Response.Body.WriteAsync(hub.ContentOf(context));
            return FakeHub.IsTransfer(context);
        };
        await AssertDownloadedAsync(hub);
    }

    [Fact]
    public async Task Content_with_a_wrong_hash_is_refused_and_leaves_nothing()
    {
        await using var hub = await FakeHub.StartAsync(("model.safetensors", Large));
        hub.Fault = async context =>
        {
            if (!FakeHub.IsTransfer(context))
                return false;
            var content = hub.ContentOf(context).ToArray();
            content[^1] ^= 1;
            await context.Response.Body.WriteAsync(content);
            return true;
        };
        var ex = await Assert.ThrowsAsync<HubException>(() => hub.DownloadAsync());
        Assert.Contains("model.safetensors arrived twice with a wrong hash", ex.Message);
        Assert.Null(hub.Cache.FindSnapshot(RepositoryReference.Parse("org/model")));
        Assert.DoesNotContain(
            Directory.EnumerateFiles(hub.Cache.Folder, "*", SearchOption.AllDirectories), path => new FileInfo(path).Length > 0);
    }

    [Fact]
    public async Task Wrong_hash_of_one_transfer_is_repaired()
    {
        await using var hub = await FakeHub.StartAsync(("model.safetensors", Large));
        hub.FaultFirstTransfer((context, content) => context.Response.Body.WriteAsync(new byte[content.Length]).AsTask());
        await AssertDownloadedAsync(hub);
    }

    [Fact]
    public async Task File_that_has_changed_since_the_plan_is_refused()
    {
        await using var hub = await FakeHub.StartAsync(("model.safetensors", Large));
        var downloader = hub.NewDownloader();
        var plan = await FakeHub.PlanAsync(downloader);
        hub.Files["model.safetensors"] = FakeHub.Bytes("changed", Large);
        var ex = await Assert.ThrowsAsync<HubException>(() => downloader.RunAsync(plan, null, CancellationToken.None));
        Assert.Contains("model.safetensors of org/model has changed on the hub since the download was planned", ex.Message);
    }

    [Theory]
    [InlineData(401, null, null, "org/model does not exist or is private", "HF_TOKEN", "/settings/tokens")]
    [InlineData(401, null, FakeHub.Token, "does not accept the token", "HF_TOKEN")]
    [InlineData(401, "GatedRepo", null, "org/model is gated", "accept its licence at", "/org/model,")]
    [InlineData(403, "GatedRepo", FakeHub.Token, "org/model is gated", "accept its licence at", "/org/model,")]
    [InlineData(403, null, FakeHub.Token, "does not allow reading org/model")]
    [InlineData(404, "RevisionNotFound", null, "no such revision")]
    [InlineData(404, "RepoNotFound", null, "does not exist; check the name")]
    public async Task Refusal_names_the_page_where_it_can_be_resolved(int status, string? code, string? token, params string[] words)
    {
        await using var hub = await FakeHub.StartAsync(("model.safetensors", Large));
        hub.Fault = context =>
        {
            context.Response.StatusCode = status;
            if (code is not null)
                context.Response.Headers["X-Error-Code"] = code;
            return Task.FromResult(true);
        };
        var ex = await Assert.ThrowsAsync<HubException>(() => hub.DownloadAsync(token: token));
        Assert.All(words, word => Assert.Contains(word, ex.Message));
        Assert.Contains(hub.Address, ex.Message);
        Assert.Single(hub.Requests); // a refusal is not repeated
    }

    [Fact]
    public async Task Busy_hub_is_asked_again_after_the_pause_that_it_names()
    {
        await using var hub = await FakeHub.StartAsync(("model.safetensors", Large));
        hub.FaultFirstTransfer((context, _) =>
        {
            context.Response.StatusCode = 429;
            context.Response.Headers.RetryAfter = "1";
            return Task.CompletedTask;
        });
        var problems = new ConcurrentBag<string>();
        var watch = Stopwatch.StartNew();
        await AssertDownloadedAsync(hub, progress => problems.Add(progress.Problem ?? ""));
        Assert.True(watch.Elapsed >= TimeSpan.FromSeconds(1), $"asked again after {watch.Elapsed}");
        Assert.Contains(problems, problem => problem.Contains("busy (429)"));
    }

    [Fact]
    public async Task Hub_that_stays_broken_fails_the_download_with_one_sentence()
    {
        await using var hub = await FakeHub.StartAsync(("model.safetensors", Large));
        hub.Fault = context =>
        {
            context.Response.StatusCode = FakeHub.IsTransfer(context) ? 500 : 200;
            return Task.FromResult(FakeHub.IsTransfer(context));
        };
        var ex = await Assert.ThrowsAsync<IOException>(() => hub.DownloadAsync());
        Assert.Contains("model.safetensors could not be downloaded: The hub failed with status 500", ex.Message);
        Assert.Contains("continues where it stopped", ex.Message);
        Assert.Equal(hub.Settings.Attempts, hub.Transfers.Count());
    }

    [Fact]
    public async Task Token_is_sent_to_the_hub_but_not_to_the_servers_that_it_redirects_to()
    {
        await using var hub = await FakeHub.StartAsync(("model.safetensors", Large));
        await AssertDownloadedAsync(hub);
        Assert.All(hub.Requests, request => Assert.Equal(!request.Path.StartsWith("/content/"), request.HasToken));
    }

    [Fact]
    public async Task Download_that_does_not_fit_on_the_disk_is_refused_before_it_starts()
    {
        await using var hub = await FakeHub.StartAsync(("model.safetensors", Large));
        var plan = await FakeHub.PlanAsync(hub.NewDownloader());
        plan.RequireSpace(new Disk(Large), "/cache");
        var ex = Assert.Throws<HubException>(() => plan.RequireSpace(new Disk(Large - 1), "/cache"));
        Assert.Contains("needs 3 MB, but only 3 MB are free at /cache", ex.Message);
        Assert.Contains("HF_HOME", ex.Message);
    }

    [Fact]
    public async Task Cancelled_download_keeps_what_has_arrived()
    {
        await using var hub = await FakeHub.StartAsync(("model.safetensors", Large));
        hub.FaultFirstTransfer(async (context, content) =>
        {
            await SendHalfAsync(context, content);
            var gone = new TaskCompletionSource();
            using var registration = context.RequestAborted.Register(gone.SetResult);
            await gone.Task;
        });
        using var cancellation = new CancellationTokenSource();
        var downloader = hub.NewDownloader();
        var plan = await FakeHub.PlanAsync(downloader);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => downloader.RunAsync(
            plan, progress => { if (progress.DoneBytes > 0) cancellation.Cancel(); }, cancellation.Token));
        Assert.InRange((await FakeHub.PlanAsync(hub.NewDownloader())).MissingBytes, 1, Large - 1);
        await AssertDownloadedAsync(hub);
    }

    private static async Task AssertDownloadedAsync(FakeHub hub, Action<DownloadProgress>? progress = null)
    {
        var snapshot = await hub.DownloadAsync(progress);
        Assert.Equal(hub.Files["model.safetensors"], File.ReadAllBytes(Path.Combine(snapshot, "model.safetensors")));
    }

    private static async Task SendHalfAsync(HttpContext context, byte[] content)
    {
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content.AsMemory(0, content.Length / 2));
        await context.Response.Body.FlushAsync();
    }

    private static void WritePartial(FakeHub hub, DownloadPlan plan, byte[] content)
    {
        var partial = hub.Cache.PartialOf(plan.Model, plan.Files.Single().File);
        Directory.CreateDirectory(Path.GetDirectoryName(partial)!);
        File.WriteAllBytes(partial, content);
    }

    private sealed class Disk(long free) : Volume("/")
    {
        public override long FreeBytes => free;

        public override long ReserveBytes => 0;
    }
}
