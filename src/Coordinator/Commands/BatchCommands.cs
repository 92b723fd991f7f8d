using System.Runtime.CompilerServices;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Commands.Requests;

namespace MlxVideo.Coordinator.Commands;

/// <summary>Handlers of the commands for batches.</summary>
internal sealed class BatchCommands(FarmQueryClient farm, BlobStore blobs) : ICommandGroup
{
    private static readonly TimeSpan WatchWait = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public void Register(CommandHandlers handlers)
    {
        handlers.Add<SubmitBatch, BatchCreated>(SubmitAsync);
        handlers.Add<ListBatches, BatchList>(ListAsync);
        handlers.Add<ShowBatch, BatchView>(ShowAsync);
        handlers.AddStream<WatchBatch, BatchView>(WatchAsync);
        handlers.Add<CancelBatch, BatchView>((request, cancellationToken) =>
            ViewAsync(request.Batch, new FarmQueries.CancelBatch(request.Batch), cancellationToken));
        handlers.Add<PauseBatch, BatchView>((request, cancellationToken) =>
            ViewAsync(request.Batch, new FarmQueries.PauseBatch(request.Batch), cancellationToken));
        handlers.Add<ResumeBatch, BatchView>((request, cancellationToken) =>
            ViewAsync(request.Batch, new FarmQueries.ResumeBatch(request.Batch), cancellationToken));
        handlers.Add<RetryRows, BatchView>((request, cancellationToken) => ViewAsync(
            request.Batch, new FarmQueries.RetryClips(request.Batch, request.Row, request.Stage), cancellationToken));
        handlers.Add<SetPriority, BatchView>((request, cancellationToken) => ViewAsync(
            request.Batch, new FarmQueries.SetPriority(request.Batch, request.Row, request.Priority), cancellationToken));
        handlers.Add<SetDeadline, BatchView>((request, cancellationToken) => ViewAsync(
            request.Batch, new FarmQueries.SetDeadline(request.Batch, request.Row, request.Deadline), cancellationToken));
        handlers.Add<RemoveBatch, RemovedBatch>(RemoveAsync);
        handlers.Add<CollectBatch, FinishedClips>(CollectAsync);
    }

    private Task<BatchCreated> SubmitAsync(SubmitBatch batch, CancellationToken cancellationToken) =>
        SubmissionRules.FindError(batch, blobs) is { } error
            ? throw new FarmRequestException(FarmRequestError.Invalid, error)
            : farm.AskAsync<BatchCreated>(new FarmQueries.Submit(batch), cancellationToken);

    private async Task<BatchList> ListAsync(ListBatches request, CancellationToken cancellationToken)
    {
        if (request.Limit is < 1 or > ListBatches.MaxLimit)
            throw new FarmRequestException(FarmRequestError.Invalid, $"limit: {request.Limit} is outside 1 to {ListBatches.MaxLimit}.");
        var all = (await farm.AskAsync<BatchList>(FarmQueries.GetBatches.Instance, cancellationToken)).Batches.Reverse().ToList();
        var from = request.After is null ? 0 : all.FindIndex(batch => batch.Id == request.After) + 1;
        if (request.After is not null && from == 0)
            throw new FarmRequestException(FarmRequestError.NotFound, $"after: there is no batch '{request.After}'.");
        var page = all.Skip(from).Take(request.Limit).ToList();
        return new BatchList(page, from + page.Count < all.Count ? page[^1].Id : null);
    }

    private async Task<BatchView> ShowAsync(ShowBatch request, CancellationToken cancellationToken)
    {
        if (!(request.Wait >= 0 && request.Wait <= ShowBatch.MaxWait))
            throw new FarmRequestException(
                FarmRequestError.Invalid,
                FormattableString.Invariant($"wait: {request.Wait} seconds is outside 0 to {ShowBatch.MaxWait}."));
        var wait = TimeSpan.FromSeconds(request.Wait);
        var view = await ViewAsync(
            request.Batch, new FarmQueries.GetBatch(request.Batch, request.NewerThan, wait), cancellationToken, wait);
        if (request.Row is not { } row)
            return view;
        return view.Clips.FirstOrDefault(clip => clip.Row == row) is { } only
            ? view with { Clips = [only] }
            : throw new FarmRequestException(FarmRequestError.NotFound, $"{request.Batch} has no row {row}.");
    }

    private async IAsyncEnumerable<BatchView> WatchAsync(WatchBatch request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long? seen = null;
        while (true)
        {
            var view = await ViewAsync(
                request.Batch, new FarmQueries.GetBatch(request.Batch, seen, WatchWait), cancellationToken, WatchWait);
            if (view.Version != seen || view.State == BatchState.Ended)
                yield return view;
            if (view.State == BatchState.Ended)
                yield break;
            seen = view.Version;
        }
    }

    private async Task<FinishedClips> CollectAsync(CollectBatch request, CancellationToken cancellationToken)
    {
        var view = await ViewAsync(request.Batch, new FarmQueries.GetBatch(request.Batch, null, TimeSpan.Zero), cancellationToken);
        return new FinishedClips(view.Id, view.State, view.Clips.Where(clip => clip is { State: ClipState.Finished, Clip: not null })
            .Select(clip => new FinishedClip(
                clip.Row, clip.Output, clip.Clip!.Length, clip.Clip.Digest, $"/blobs/{clip.Clip.Digest}", clip.Framemd5)).ToList());
    }

    private async Task<RemovedBatch> RemoveAsync(RemoveBatch request, CancellationToken cancellationToken) =>
        await farm.AskAsync<object>(new FarmQueries.RemoveBatch(request.Batch, request.DryRun), cancellationToken) switch
        {
            RemovedBatch removed => removed,
            FarmQueries.Refused refused => throw new FarmRequestException(refused.Error, refused.Reason),
            FarmQueries.QueryFailed failed => throw new FarmRequestException(FarmRequestError.Busy, failed.Reason),
            _ => throw Unknown(request.Batch),
        };

    private async Task<BatchView> ViewAsync(string id, object question, CancellationToken cancellationToken, TimeSpan wait = default) =>
        (await farm.AskAsync<FarmQueries.BatchAnswer>(question, cancellationToken, wait)).View
        ?? throw Unknown(id);

    private static FarmRequestException Unknown(string id) =>
        new(FarmRequestError.NotFound, $"There is no batch '{id}': 'farm list' shows the batches.");
}
