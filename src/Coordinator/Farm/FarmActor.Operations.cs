using Akka.Actor;
using MlxVideo.Coordinator.Persistence;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Farm.Views;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Coordinator.Farm;

/// <content>What owners do with their batches while the farm runs.</content>
public sealed partial class FarmActor
{
    private readonly List<(string Batch, IActorRef Asker)> _removals = [];

    private IReadOnlyList<WorkerView> Workers => _reports.AddTo(_farm.State, WorkerViews.All(_farm.Snapshot));

    private void ReceiveOperations()
    {
        On<FarmQueries.PauseBatch>(query => ChangeBatch(
            query.Id, batch => BatchDecisions.FindError(batch), () => _farm.Pause(query.Id, Now)));
        On<FarmQueries.ResumeBatch>(query => ChangeBatch(
            query.Id, batch => BatchDecisions.FindError(batch), () => _farm.ResumeBatch(query.Id, Now)));
        On<FarmQueries.SetPriority>(query => ChangeBatch(
            query.Id,
            batch => ErrorOf("priority", ClipConstraintsRules.Priority(query.Priority)) ?? BatchDecisions.FindError(batch, query.Row),
            () => _farm.SetPriority(query.Id, query.Row, query.Priority, Now)));
        On<FarmQueries.SetDeadline>(query => ChangeBatch(
            query.Id,
            batch => ErrorOf("deadline", query.Deadline is { } deadline ? ClipConstraintsRules.Deadline(deadline) : null)
                ?? BatchDecisions.FindError(batch, query.Row),
            () => _farm.SetDeadline(query.Id, query.Row, query.Deadline?.ToUniversalTime(), Now)));
        On<FarmQueries.RetryClips>(OnRetryClips);
        On<ArchivedState>(OnArchivedState);
        On<FarmQueries.RemoveBatch>(OnRemoveBatch);
        On<BatchDeleted>(OnBatchDeleted);
        On<FarmQueries.TagWorker>(OnTagWorker);
        On<FarmQueries.SetHours>(OnSetHours);
        On<FarmQueries.ForgetWorker>(OnForgetWorker);
        On<FarmQueries.GetWorker>(query => ChangeWorker(query.Worker, _ => []));
        On<FarmQueries.ListWorkers>(_ => Sender.Tell(new WorkerList(Workers)));
        On<FarmQueries.Observe>(_ => Sender.Tell(new FarmQueries.Observation(_farm.Snapshot, Now, Workers, _muxing.StorageProblem)));
    }

    private static string? ErrorOf(string setting, string? error) => error is null ? null : $"{setting}: {error}";

    private void OnRetryClips(FarmQueries.RetryClips query)
    {
        if (_farm.State.Batches.ContainsKey(query.Id))
            RetryClips(query, StoredBlobs());
        else
            _archive.FindStateAsync(query.Id, _stopping.Token).PipeTo(
                Self, Sender, success: state => new ArchivedState(query, state, null),
                failure: ex => new ArchivedState(query, null, ex.Message));
    }

    /// <summary>Restores an archived batch of which clips are retried.</summary>
    private void OnArchivedState(ArchivedState archived)
    {
        var (query, isStored) = (archived.Query, StoredBlobs());
        if (archived.Error is { } error)
        {
            Sender.Tell(new FarmQueries.QueryFailed(error));
            return;
        }

        if (_farm.State.Batches.ContainsKey(query.Id) || archived.State is null)
        {
            RetryClips(query, isStored);
            return;
        }

        var ended = StoredBatchState.Read(archived.State);
        var restored = _farm.State.Apply(new FarmEvents.BatchRestored(ended, Now)).Batches[query.Id];
        if (RetryDecisions.FindError(restored, query.Row, query.Stage, isStored) is { } refusal)
        {
            Sender.Tell(new FarmQueries.Refused(refusal));
            return;
        }

        Change(() => _farm.Restore(ended, Now));
        RetryClips(query, isStored);
    }

    private void RetryClips(FarmQueries.RetryClips query, Func<BlobRef, bool> isStored) => ChangeBatch(
        query.Id, batch => RetryDecisions.FindError(batch, query.Row, query.Stage, isStored),
        () =>
        {
            if (_farm.State.Batches[query.Id].EndedAt is not null)
                Unit.Then(() => _effects.ContinueTrace(query.Id));
            return _farm.Retry(query.Id, query.Row, query.Stage, isStored, Now);
        },
        ended: $"Batch {query.Id} has ended; submit its failed rows again.");

    /// <summary>Looks each blob up once: many clips may use one image.</summary>
    private Func<BlobRef, bool> StoredBlobs()
    {
        var known = new Dictionary<BlobRef, bool>();
        return blob => known.TryGetValue(blob, out var isStored) ? isStored : known[blob] = _muxing.IsStored(blob);
    }

    /// <summary>Changes a batch in memory, and answers with its view.</summary>
    /// <param name="findError">Returns why it can't be changed, in one sentence; null when it can.</param>
    /// <param name="ended">The refusal when it is in the archive.</param>
    private void ChangeBatch(
        string id, Func<Batch, string?> findError, Func<IReadOnlyList<IFarmEvent>> change, string? ended = null)
    {
        var sender = Sender;
        if (!_farm.State.Batches.TryGetValue(id, out var batch))
        {
            AnswerFromArchive(id, ended ?? $"Batch {id} has ended.", sender);
            return;
        }

        if (findError(batch) is { } error)
        {
            sender.Tell(new FarmQueries.Refused(error));
            return;
        }

        Commit(change);
        Unit.Then(() => _queries.Show(id, sender, Now));
    }

    /// <summary>Answers a request that only an open batch allows.</summary>
    private void AnswerFromArchive(string id, string ended, IActorRef asker) => _archive.FindAsync(id, _stopping.Token).PipeTo<BatchView?>(
        asker,
        success: view => view is null ? new FarmQueries.BatchAnswer(null) : new FarmQueries.Refused(ended),
        failure: ex => new FarmQueries.QueryFailed(ex.Message));

    private void OnRemoveBatch(FarmQueries.RemoveBatch query)
    {
        var known = _farm.State.Batches.GetValueOrDefault(query.Id);
        if (known is { EndedAt: null })
            Sender.Tell(StillRunning(query.Id));
        else if (query.DryRun && known is not null)
            Sender.Tell(ContentOf(known));
        else if (query.DryRun)
            _archive.MeasureAsync(query.Id, _stopping.Token).PipeTo<RemovedBatch?>(
                Sender, success: content => content ?? (object)new FarmQueries.BatchAnswer(null),
                failure: ex => new FarmQueries.QueryFailed(ex.Message));
        else if (known is not null)
        {
            _removals.Add((query.Id, Sender)); // it is on its way to the archive
            Store(known);
        }
        else
            Remove(query.Id, Sender);
    }

    private static FarmQueries.Refused StillRunning(string id) => new($"Batch {id} is still running: cancel it first.");

    private static RemovedBatch ContentOf(Batch ended)
    {
        var clips = ended.Clips.Values.Where(clip => clip.State == ClipState.Finished).Select(clip => clip.Artefacts[clip.Plan.Clip])
            .ToList();
        return new RemovedBatch(ended.Id, clips.Count, clips.DistinctBy(clip => clip.Digest).Sum(clip => clip.Length));
    }

    private void Remove(string id, IActorRef asker) => _archive.DeleteAsync(id, _stopping.Token).PipeTo<RemovedBatch?>(
        Self, asker, success: content => new BatchDeleted(id, content, null), failure: ex => new BatchDeleted(id, null, ex.Message));

    /// <summary>Goes on with the removal of a batch that had to be archived first.</summary>
    private void RemoveStored(BatchStored stored)
    {
        if (_archiving.Contains(stored.Batch))
            return;
        foreach (var removal in _removals.Where(removal => removal.Batch == stored.Batch).ToList())
        {
            _removals.Remove(removal);
            if (stored.Error is { } error)
                removal.Asker.Tell(new FarmQueries.QueryFailed(error));
            else if (_farm.State.Batches.ContainsKey(stored.Batch)) // it was retried meanwhile
                removal.Asker.Tell(StillRunning(stored.Batch));
            else
                Unit.Then(() => Remove(removal.Batch, removal.Asker));
        }
    }

    private void OnBatchDeleted(BatchDeleted deleted)
    {
        var sender = Sender;
        if (deleted.Error is { } error)
        {
            sender.Tell(new FarmQueries.QueryFailed(error));
            return;
        }

        Change(() => _farm.RemoveBatch(deleted.Batch, Now));
        Unit.Then(() => sender.Tell(deleted.Content ?? (object)new FarmQueries.BatchAnswer(null)));
    }

    private void OnTagWorker(FarmQueries.TagWorker query)
    {
        var tags = query.Tags is null ? null : WorkerTags.Normalize(query.Tags);
        if (tags is not null && WorkerTags.FindError(tags) is { } error)
            Sender.Tell(new FarmQueries.Refused(error));
        else
            ChangeWorker(query.Worker, id => _farm.Tag(id, tags, Now));
    }

    private void OnSetHours(FarmQueries.SetHours query)
    {
        try
        {
            ChangeWorker(
                query.Worker,
                id => _farm.SetHours(id, query.Hours is { } text ? HoursText.Parse(text, TimeZoneOf(id)) : null, Now));
        }
        catch (FormatException ex)
        {
            Sender.Tell(new FarmQueries.Refused(ex.Message));
        }
    }

    /// <summary>Returns a worker's UTC offset; the coordinator's when the worker has not told.</summary>
    private TimeSpan TimeZoneOf(string worker) => _farm.State.Workers.GetValueOrDefault(worker)?.Own.Hours is { } own
        ? TimeSpan.FromMinutes(own.UtcOffsetMinutes)
        : _time.LocalTimeZone.GetUtcOffset(Now + _time.WallClockOffset);

    private void OnForgetWorker(FarmQueries.ForgetWorker query)
    {
        var sender = Sender;
        var found = DrainDecisions.Find(_farm.State, query.Worker);
        if (found.Id is not { } id)
        {
            sender.Tell(new FarmQueries.Refused(found.Error!, FarmRequestError.NotFound));
            return;
        }

        var name = WorkerDecisions.NameOf(_farm.State, id)!;
        if (_farm.State.Workers.ContainsKey(id))
        {
            sender.Tell(new FarmQueries.Refused($"{name} is in the farm: drain it first."));
            return;
        }

        Change(() => _farm.Forget(id, Now));
        Unit.Then(() => sender.Tell(new ForgottenWorker(id, name)));
    }

    /// <summary>Changes a worker, in the farm or remembered, and answers with its view.</summary>
    private void ChangeWorker(string worker, Func<string, IReadOnlyList<IFarmEvent>> change)
    {
        var sender = Sender;
        var found = DrainDecisions.Find(_farm.State, worker);
        if (found.Id is not { } id)
        {
            sender.Tell(new FarmQueries.Refused(found.Error!, FarmRequestError.NotFound));
            return;
        }

        var before = WorkerViews.Find(_farm.Snapshot, id);
        Commit(() => change(id));
        // Restoring the own settings of an absent worker may leave nothing to remember of it.
        Unit.Then(() => sender.Tell(_reports.AddTo(_farm.State, [WorkerViews.Find(_farm.Snapshot, id) ?? before!])[0]));
    }

    /// <param name="State">The stored state; null when the archive does not have it.</param>
    private sealed record ArchivedState(FarmQueries.RetryClips Query, byte[]? State, string? Error) : INoSerializationVerificationNeeded;

    /// <param name="Content">What was deleted; null when the batch is unknown.</param>
    private sealed record BatchDeleted(string Batch, RemovedBatch? Content, string? Error) : INoSerializationVerificationNeeded;
}
