using Akka.Actor;
using Akka.Hosting;
using MlxVideo.Coordinator.Archive;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.Logging;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Coordinator.Storage;

/// <summary>
/// Deletes the blobs that neither an open batch nor a kept result needs, for example what a killed process left behind. Recent blobs are
/// spared: a client uploads images before it submits their batch, and a worker uploads outputs before it reports them.
/// </summary>
public sealed class BlobCollector(
    IRequiredActor<FarmActor> farm, BatchArchive archive, BlobStore blobs, RetentionPolicy retention, TimeProvider time,
    ILogger<BlobCollector> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromMinutes(1);

    /// <summary>Age below which blobs are spared.</summary>
    internal static readonly TimeSpan MinAge = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await CollectAsync(stoppingToken);
            }
            catch (Exception ex) when (ex is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                log.CollectionFailed(ex.Message); // nothing is lost; the next run tries again
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Collects once.</summary>
    internal async Task CollectAsync(CancellationToken cancellationToken)
    {
        // Listed before the farm is asked: a blob that a batch needs later is not among them, or the batch names it now.
        var stored = blobs.List();
        // Asked before the archive is read: a batch that ends meanwhile is archived before it leaves the farm.
        var actor = await farm.GetAsync(cancellationToken); // the actor system may still be starting
        var answer = await actor.Ask<FarmQueries.BlobsInUse>(FarmQueries.GetBlobsInUse.Instance, AnswerTimeout, cancellationToken);
        var results = await archive.ResultsAsync(cancellationToken);
        var expired = retention.Expired(results, time.GetUtcNow());
        await archive.ForgetAsync(expired, cancellationToken);
        var needed = results.Except(expired).Select(result => result.Clip.Digest).ToHashSet(StringComparer.Ordinal);
        needed.UnionWith(answer.Digests);
        var oldest = time.GetUtcNow() - MinAge;
        var deleted = stored.Where(blob => !needed.Contains(blob.Digest) && blobs.DeleteUnused(blob.Digest, oldest)).ToList();
        if (deleted.Count > 0)
            log.BlobsCollected(deleted.Count, ByteSize.Text(deleted.Sum(blob => blob.Length)));
    }
}
