using Akka.Actor;
using MlxVideo.Coordinator.Logging;
using MlxVideo.Coordinator.Persistence;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;

namespace MlxVideo.Coordinator.Farm;

/// <summary>Submission, cancellation and archiving of batches.</summary>
public sealed partial class FarmActor
{
    private void OnSubmit(FarmQueries.Submit submit)
    {
        var (token, sender) = (submit.Batch.ClientToken, Sender);
        var id = $"b{Now:yyyyMMdd-HHmmss}-{_farm.State.SubmittedBatches + 1}";
        Commit(() => _farm.Submit(id, submit.Batch.ToCommand(), Now));
        object answer = FarmDecisions.FindByToken(_farm.State, token) is { } batch
            ? new BatchCreated(batch.Id, batch.Model)
            : _farm.State.Archived.GetValueOrDefault(token) is { } archived
                ? new BatchCreated(archived.Id, archived.Model)
                : new FarmQueries.Refused(FarmDecisions.ModelError(_farm.State, submit.Batch.ToCommand())!);
        Unit.Then(() => sender.Tell(answer));
    }

    private void OnCancelBatch(FarmQueries.CancelBatch query)
    {
        var sender = Sender;
        Commit(() => _farm.Cancel(query.Id, Now));
        Unit.Then(() => _queries.Show(query.Id, sender, Now));
    }

    /// <summary>Moves an ended batch to the archive; a failure is repeated with the next tick.</summary>
    private void Store(Batch ended)
    {
        if (!_archiving.Add(ended.Id))
            return;
        var (view, state) = (_queries.ViewOf(ended, Now), StoredBatchState.Write(ended));
        var endedAt = ended.EndedAt!.Value;
        _archive.SaveAsync(view, state, ended.SubmittedAt, endedAt, _stopping.Token).PipeTo(
            Self, success: () => new BatchStored(ended.Id, endedAt, null), failure: ex => new BatchStored(ended.Id, endedAt, ex.Message));
    }

    private void OnBatchStored(BatchStored stored)
    {
        _archiving.Remove(stored.Batch);
        if (stored.Error is { } error)
            _log.ArchiveFailed(stored.Batch, error);
        else if (_farm.State.Batches.GetValueOrDefault(stored.Batch) is { EndedAt: not null } batch && batch.EndedAt != stored.EndedAt)
            Store(batch); // it was retried and has ended again meanwhile
        else
            Change(() => _farm.Archive(stored.Batch, Now));
        RemoveStored(stored);
    }
}
