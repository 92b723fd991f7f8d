using Akka.Actor;
using MlxVideo.Coordinator.Archive;
using MlxVideo.Farm;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Farm.Views;
using MlxVideo.Shared.Api;

namespace MlxVideo.Coordinator.Farm;

/// <summary>
/// Answers questions about batches: from the state while they are in memory, otherwise from the archive. Belongs to <see cref="FarmActor"/>
/// and is used only on its thread.
/// </summary>
internal sealed class BatchQueries(
    FarmAggregate farm, BatchWatchers watchers, BatchArchive archive, IClipMuxing muxing, SchedulingOptions scheduling)
{
    /// <summary>Answers a request for a batch, or lets the asker wait for a newer version.</summary>
    public void Answer(FarmQueries.GetBatch query, IActorRef asker, DateTimeOffset now)
    {
        if (query.After == watchers.VersionOf(query.Id) && farm.State.Batches.TryGetValue(query.Id, out var batch)
            && batch.EndedAt is null)
            watchers.Wait(query.Id, query.After.Value, asker, now + query.Wait);
        else
            Show(query.Id, asker, now);
    }

    /// <summary>Sends the view of a batch.</summary>
    public void Show(string id, IActorRef asker, DateTimeOffset now)
    {
        if (farm.State.Batches.TryGetValue(id, out var batch))
            asker.Tell(new FarmQueries.BatchAnswer(ViewOf(batch, now)));
        else
            archive.FindAsync(id, CancellationToken.None).PipeTo(
                asker, success: view => new FarmQueries.BatchAnswer(view), failure: ex => new FarmQueries.QueryFailed(ex.Message));
    }

    /// <summary>Sends the state of a batch.</summary>
    public void Answer(FarmQueries.GetBatchState query, IActorRef asker)
    {
        if (farm.State.Batches.TryGetValue(query.Id, out var batch))
            asker.Tell(new FarmQueries.BatchStateAnswer(batch.EndedAt is null ? BatchState.Running : BatchState.Ended));
        else
            archive.ContainsAsync(query.Id, CancellationToken.None).PipeTo(
                asker, success: isArchived => new FarmQueries.BatchStateAnswer(isArchived ? BatchState.Ended : null),
                failure: ex => new FarmQueries.QueryFailed(ex.Message));
    }

    /// <summary>Sends the list of all batches.</summary>
    public void List(IActorRef asker)
    {
        var current = BatchViews.List(farm.State).Batches;
        archive.ListAsync(CancellationToken.None).PipeTo(
            asker,
            success: archived => new BatchList([.. archived.ExceptBy(current.Select(batch => batch.Id), batch => batch.Id), .. current]),
            failure: ex => new FarmQueries.QueryFailed(ex.Message));
    }

    /// <summary>Sends views to the askers that have waited long enough.</summary>
    public void TellWatchers(DateTimeOffset now)
    {
        foreach (var (batch, watcher) in watchers.TakeDue(now))
            Show(batch, watcher, now);
    }

    /// <summary>Returns the view of a batch in memory.</summary>
    public BatchView ViewOf(Batch batch, DateTimeOffset now) =>
        BatchViews.Of(farm.Snapshot, batch, watchers.VersionOf(batch.Id), scheduling, now) with
        {
            Problem = batch.EndedAt is null ? muxing.StorageProblem : null,
        };
}
