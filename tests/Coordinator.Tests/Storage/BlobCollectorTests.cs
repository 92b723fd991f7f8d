using System.Text;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.Storage;
using MlxVideo.Coordinator.Tests.Farm;
using MlxVideo.Coordinator.Tests.Persistence;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Coordinator.Tests.Storage;

/// <summary>A collector next to a farm and an archive. Its clock is ahead, except where a test says otherwise: all blobs are old.</summary>
public sealed class BlobCollectorTests : FarmActorTestKit
{
    private static readonly TimeSpan Old = 2 * BlobCollector.MinAge;

    private readonly BlobStore _blobs;

    public BlobCollectorTests() => _blobs = new BlobStore(Path.Combine(TraceFolder, "store"));

    [Fact]
    public async Task Blob_that_nothing_needs_is_deleted()
    {
        var orphan = await PutAsync("orphan");
        await CollectAsync();
        Assert.Null(_blobs.Find(orphan.Digest));
    }

    [Fact]
    public async Task Recent_blob_is_spared()
    {
        var recent = await PutAsync("recent");
        await CollectAsync(ahead: BlobCollector.MinAge / 2);
        Assert.NotNull(_blobs.Find(recent.Digest));
    }

    [Fact]
    public async Task Image_of_an_open_batch_is_kept_until_the_batch_is_cancelled()
    {
        var image = await PutAsync("image");
        var batch = NewBatch("images");
        var clip = batch.Clips[0];
        var id = Ask<BatchCreated>(new FarmQueries.Submit(batch with
        {
            Clips = [clip with { Settings = clip.Settings with { Images = [new ImageConditioning(image)] } }],
        })).Id;

        await CollectAsync();
        Assert.NotNull(_blobs.Find(image.Digest));

        Ask<FarmQueries.BatchAnswer>(new FarmQueries.CancelBatch(id));
        await CollectAsync();
        Assert.Null(_blobs.Find(image.Digest));
    }

    [Fact]
    public async Task Results_of_finished_stages_of_an_open_batch_are_kept()
    {
        var output = await PutAsync("output");
        var worker = Join("w1");
        Submit(1, audio: false);
        var assignment = worker.ExpectMsg<AssignStage>();
        var outputs = DoneReport(assignment).Outputs.Select(named => named with { Blob = output }).ToList();
        Farm.Tell(new AttemptDone(assignment.Attempt, outputs), worker);
        worker.ExpectMsg<ReportAcknowledged>();

        await CollectAsync();
        Assert.NotNull(_blobs.Find(output.Digest));
    }

    [Fact]
    public async Task Clip_of_an_archived_batch_is_kept_until_it_expires()
    {
        var clip = await PutAsync("clip");
        await ArchiveAsync("b1", clip, age: TimeSpan.FromDays(10));

        await CollectAsync(keep: "11d");
        Assert.NotNull(_blobs.Find(clip.Digest));

        await CollectAsync(keep: "9d");
        Assert.Null(_blobs.Find(clip.Digest));
        Assert.Empty(await Archive.ResultsAsync(CancellationToken.None));
        Assert.NotNull(await Archive.FindAsync("b1", CancellationToken.None));
    }

    [Fact]
    public async Task Oldest_clips_beyond_the_size_are_deleted_and_shared_ones_count_once()
    {
        var (shared, old) = (await PutAsync(new string('s', 600)), await PutAsync(new string('o', 600)));
        await ArchiveAsync("b3", shared, TimeSpan.FromDays(1));
        await ArchiveAsync("b2", shared, TimeSpan.FromDays(2));
        await ArchiveAsync("b1", old, TimeSpan.FromDays(3));

        await CollectAsync(keep: "0.000001GB");

        Assert.NotNull(_blobs.Find(shared.Digest));
        Assert.Null(_blobs.Find(old.Digest));
        Assert.Equal(["b3", "b2"], (await Archive.ResultsAsync(CancellationToken.None)).Select(result => result.Batch));
    }

    [Fact]
    public async Task Clip_that_an_expired_and_a_kept_result_share_is_kept()
    {
        var shared = await PutAsync("shared");
        await ArchiveAsync("new", shared, TimeSpan.FromDays(1));
        await ArchiveAsync("old", shared, TimeSpan.FromDays(10));

        await CollectAsync(keep: "5d");

        Assert.NotNull(_blobs.Find(shared.Digest));
        Assert.Equal("new", Assert.Single(await Archive.ResultsAsync(CancellationToken.None)).Batch);
    }

    [Fact]
    public async Task Clip_of_a_batch_that_is_archived_during_a_collection_is_kept()
    {
        var clip = await PutAsync("clip");
        var farm = CreateTestProbe();
        var collection = CollectAsync(farm: farm);
        await farm.ExpectMsgAsync<FarmQueries.GetBlobsInUse>();
        var asker = farm.LastSender;

        // The batch leaves the farm before its answer.
        await ArchiveAsync("b1", clip, TimeSpan.Zero);
        asker.Tell(new FarmQueries.BlobsInUse(new HashSet<string>()));
        await collection;

        Assert.NotNull(_blobs.Find(clip.Digest));
    }

    private async Task<BlobRef> PutAsync(string content)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(content));
        return await _blobs.PutAsync(stream, null, CancellationToken.None);
    }

    private Task ArchiveAsync(string id, BlobRef clip, TimeSpan age)
    {
        var view = BatchArchiveSpec.View(id, "a");
        var ended = TimeProvider.System.GetUtcNow() - age;
        return Archive.SaveAsync(view with { Clips = [view.Clips[0] with { Clip = clip }] }, ended, ended, CancellationToken.None);
    }

    private async Task CollectAsync(string keep = "30d", TimeSpan? ahead = null, IActorRef? farm = null)
    {
        using var collector = new BlobCollector(
            new RequiredActor(farm ?? Farm), Archive, _blobs, RetentionPolicy.Parse(keep), new LateClock(ahead ?? Old),
            NullLogger<BlobCollector>.Instance);
        await collector.CollectAsync(CancellationToken.None);
    }

    private sealed class LateClock(TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + ahead;
    }

    private sealed class RequiredActor(IActorRef actor) : IRequiredActor<FarmActor>
    {
        public IActorRef ActorRef => actor;

        public Task<IActorRef> GetAsync(CancellationToken cancellationToken = default) => Task.FromResult(actor);
    }
}
